def test_it_reaches_what_compose_started(booted):
    code, _ = booted.execute("/bin/sh", "-c", 'getent hosts "$CACHE_HOST"')
    assert code == 0
