import pytest


@pytest.fixture(scope="session")
def docker_compose_file(pytestconfig):
    return str(pytestconfig.rootpath / "compose.yaml")


@pytest.fixture(scope="session")
def imagekit_network(docker_services, docker_compose_project_name):
    """The network that compose made: `docker_services` has started everything on it."""
    return f"{docker_compose_project_name}_default"


@pytest.fixture(scope="session")
def imagekit_environment():
    return {"CACHE_HOST": "cache"}
