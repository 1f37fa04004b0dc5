from imagekit.dockerfile import Dockerfile, From, Stage

DOCKERFILE = Dockerfile(stages=(Stage(base=From(image="scratch"), instructions=()),))
