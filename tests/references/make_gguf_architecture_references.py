"""What llama.cpp's converter makes of the fixtures: metadata, names, shapes and a hash of every tensor.

Usage: python make_gguf_architecture_references.py LLAMA_CPP FIXTURES OUTPUT.json

LLAMA_CPP is a checkout of llama.cpp, whose convert_hf_to_gguf.py and gguf-py run unmodified; only the reading of tokenizers is left out, since
the fixtures have none. It needs torch and numpy.
"""
import hashlib
import json
import pathlib
import sys
import tempfile
import types

CASES = ["bert-base", "gemma", "gemma2", "glm", "glm4", "gpt-neox", "gpt2", "llama-bf16-sharded", "phi", "qwen2", "qwen3", "t5-v1.0"]


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members, __file__=f"{name}.py")
    sys.modules.setdefault(name, module)


def converter(root):
    sys.path[:0] = [str(root), str(root / "gguf-py")]
    stub("sentencepiece", SentencePieceProcessor=object)
    stub("transformers", AutoConfig=type("AutoConfig", (), {"from_pretrained": staticmethod(
        lambda folder, **_: types.SimpleNamespace(to_dict=lambda: json.loads((pathlib.Path(folder) / "config.json").read_text())))}))
    import convert_hf_to_gguf
    for kind in list(vars(convert_hf_to_gguf).values()):
        if isinstance(kind, type) and issubclass(kind, convert_hf_to_gguf.ModelBase) and hasattr(kind, "set_vocab"):
            kind.set_vocab = lambda self: None
    return convert_hf_to_gguf


def convert(module, folder, target):
    import gguf
    keys = module.ModelBase.load_hparams(folder)
    keys.setdefault("n_ctx", keys.get("n_positions"))
    load, module.ModelBase.load_hparams = module.ModelBase.load_hparams, staticmethod(lambda _: keys)
    try:
        kind = module.ModelBase.from_model_architecture(keys["architectures"][0], model_type=module.ModelType.TEXT)
        kind(folder, gguf.LlamaFileType.ALL_F32, target, hparams=dict(keys)).write()
    finally:
        module.ModelBase.load_hparams = load


def describe(path):
    import gguf
    reader = gguf.GGUFReader(path)
    fields = {name: field.contents() for name, field in reader.fields.items() if not name.startswith(("GGUF.", "general.")) or name == "general.architecture"}
    tensors = {t.name: {"shape": [int(n) for n in reversed(t.shape)], "sha256": hashlib.sha256(t.data.tobytes()).hexdigest()[:16]} for t in reader.tensors}
    return {"metadata": fields, "tensors": tensors}


def main():
    root, fixtures, output = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
    module = converter(root)
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            target = pathlib.Path(folder) / f"{case}.gguf"
            convert(module, fixtures / case, target)
            cases[case] = describe(target)
    output.write_text("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(case, separators=(',', ':'))}" for name, case in cases.items()) + "\n}\n")


if __name__ == "__main__":
    main()
