"""Writes tiny random LoRA adapters with the outputs that Hugging Face PEFT computes with them.

    python3 make_adapter_references.py --models DIR --output DIR

The bases are the tiny models under DIR (tests/Heed.Tests/Fixtures, made by make_references.py). Needs torch, transformers, peft and
safetensors. Each case is an adapter folder as PEFT saves it, and `reference.safetensors` with inputs, logits, merged logits, the loss and
its gradient by every trained weight.
"""

import argparse
import json
import os
import shutil

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file

# name: base, class, settings
CASES = {
    "lora-llama": ("llama-gqa", "AutoModelForCausalLM", dict(r=3, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"])),
    "lora-gpt2": ("gpt2", "AutoModelForCausalLM", dict(r=4, lora_alpha=8, use_rslora=True, fan_in_fan_out=True, target_modules=["c_attn", "c_proj"], rank_pattern={"mlp.c_proj": 2}, alpha_pattern={"attn.c_proj": 3})),
    "lora-bert": ("bert-classify", "AutoModelForSequenceClassification", dict(r=2, lora_alpha=5, target_modules="all-linear", exclude_modules=["key"], modules_to_save=["classifier"])),
    "lora-t5": ("t5-v1.1", "AutoModelForSeq2SeqLM", dict(r=2, lora_alpha=4, target_modules=r".*\.(q|v|wi_1)")),
    "lora-neox": ("gpt-neox", "AutoModelForCausalLM", dict(r=2, lora_alpha=2, target_modules=["query_key_value"], layers_to_transform=[1])),
}


def inputs_of(name, config, generator):
    vocabulary = config.vocab_size
    ids = torch.randint(3, vocabulary, (2, 7), generator=generator)
    mask = torch.ones_like(ids)
    if name == "lora-bert":
        mask[1, 5:] = 0
        return dict(input_ids=ids, attention_mask=mask, labels=torch.tensor([0, 1]))
    if name == "lora-t5":
        mask[0, 6:] = 0
        decoder = torch.randint(3, vocabulary, (2, 5), generator=generator)
        return dict(input_ids=ids, attention_mask=mask, decoder_input_ids=decoder, labels=decoder.roll(-1, 1))
    return dict(input_ids=ids, labels=ids.clone())


def make(name, models, output):
    base, kind, settings = CASES[name]
    torch.manual_seed(11)
    generator = torch.Generator().manual_seed(5)
    load = lambda: getattr(transformers, kind).from_pretrained(os.path.join(models, base), attn_implementation="eager").float().eval()
    model = get_peft_model(load(), LoraConfig(**settings)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.requires_grad:
                p.copy_(torch.randn(p.shape, generator=generator) * 0.15)
    folder = os.path.join(output, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))
    path = os.path.join(folder, "adapter_config.json")
    config = json.load(open(path))
    config["base_model_name_or_path"] = base
    json.dump(config, open(path, "w"), indent=2)

    # From the files, not from memory.
    model = PeftModel.from_pretrained(load(), folder, is_trainable=True).eval()
    inputs = inputs_of(name, model.config, generator)
    out = model(**inputs)
    out.loss.backward()
    tensors = dict(inputs)
    tensors["logits"], tensors["loss"] = out.logits.detach(), out.loss.detach().reshape(1)
    for key, p in model.named_parameters():
        if p.requires_grad:
            key = key.replace(".default.", ".").replace(".modules_to_save.", ".")
            tensors["gradient:" + key] = p.grad
    with torch.no_grad():
        merged = model.merge_and_unload()
        tensors["merged_logits"] = merged(**inputs).logits
        plain = load()(**inputs).logits
    difference = (tensors["logits"] - tensors["merged_logits"]).abs().max().item()
    effect = (tensors["logits"] - plain).abs().max().item()
    save_file({k: v.contiguous() for k, v in tensors.items()}, os.path.join(folder, "reference.safetensors"))
    print(f"{name}: {sum(k.startswith('gradient:') for k in tensors)} trained weights, merging changes {difference:.1e}, the adapter {effect:.1e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--only", nargs="*", default=list(CASES))
    arguments = parser.parse_args()
    for case in arguments.only:
        make(case, arguments.models, arguments.output)
