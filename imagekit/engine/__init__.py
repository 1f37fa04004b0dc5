"""Row 5: the only code that starts processes or talks to Docker. It knows no Elixir.

    endpoint, client            which engine, and its answers with errors of our catalogue
    scope, container, owner     what a run starts, sees and removes
    images, archive, layers     what an image holds, its names, its way to a registry
    buildx, request, builder    one build, asked of one builder
    progress, diagnosis, causes what a build tells, and why it failed
    process                     the one starter of processes
    probe                       what `imagekit doctor` reports
    tail, version               the end of an output; versions compared

Modules are imported by name: nothing is re-exported, so that one does not pay for another.
"""
