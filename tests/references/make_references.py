"""Writes tiny random checkpoints with the outputs that Hugging Face transformers computes from them.

    python3 make_references.py --transformers PATH --output DIR [--only NAME ...]
    python3 make_references.py --transformers PATH --verify DIR [--only NAME ...]

PATH is a source tree of transformers (the folder that holds `src`); torch, numpy, safetensors and huggingface_hub come from the
Python that runs this. --verify reruns written cases with the given transformers and reports what differs. See README.md beside this file.
"""

import argparse
import contextlib
import copy
import json
import math
import os
import shutil
import sys

import numpy as np
import torch

from cases import CASES

LEARNING_RATE = 1e-3
MINIMUM_MARGIN = 5e-3
NEUTRAL = dict(length_penalty=1.0, no_repeat_ngram_size=0, early_stopping=False)


# ---- float64 twin -------------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def in_float64():
    """Everything that asks for float32 gets float64, also the casts inside norms, rotary tables and softmax."""
    saved = torch.float32, torch.float, torch.Tensor.float, torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float, default = saved
        torch.set_default_dtype(default)


def twin_of(model):
    with in_float64():
        config = copy.deepcopy(model.config)
        if hasattr(config, "dtype") and not hasattr(config, "torch_dtype"):
            config.dtype = torch.float64
        twin = type(model)(config).double()
        twin.load_state_dict(model.state_dict(), strict=True)
        if model.can_generate():
            twin.generation_config = model.generation_config
        assert all(p.dtype == torch.float64 for p in twin.parameters())
    return twin.eval()


def doubled(inputs):
    return {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}


# ---- weights ------------------------------------------------------------------------------------------------------------------

def randomise(model, seed, last_norm=""):
    """Matrices N(0, 0.2), embeddings and position tables N(0, 0.5), biases N(0, 0.2), norms 1 + N(0, 0.2) (Gemma: N(0, 0.2)).

    `last_norm` names a norm that gets the effective weight N(0, 1): a tied projection would otherwise repeat the last token for ever.
    """
    generator = torch.Generator().manual_seed(seed)
    done = set()
    # embeddings first: a tied projection takes the embedding's spread
    modules = sorted(model.named_modules(), key=lambda nm: not isinstance(nm[1], torch.nn.Embedding))
    with torch.no_grad():
        for module_name, module in modules:
            kind = type(module).__name__
            if "Sinusoidal" in kind:
                done.update(id(p) for p in module.parameters())
            for name, p in module.named_parameters(recurse=False):
                if id(p) in done:
                    continue
                done.add(id(p))
                mean, spread = 0.0, 0.2
                if kind.endswith("Norm") and name == "weight" and not kind.startswith("Gemma"):
                    mean = 1.0
                if isinstance(module, torch.nn.Embedding) or "position" in name or name == "cls_token":
                    spread = 0.5
                if module_name == last_norm:
                    mean, spread = (-1.0 if kind.startswith("Gemma") else 0.0), 1.0
                p.copy_(mean + spread * torch.randn(p.shape, generator=generator))
        for name, buffer in model.named_buffers():
            if name.endswith("final_logits_bias"):
                buffer.copy_(0.2 * torch.randn(buffer.shape, generator=generator))
        if model.can_generate():
            eos = ids_of(model.config.eos_token_id)
            model.get_output_embeddings().weight[eos] *= 1.6  # so that some sequences end


def ids_of(eos):
    return list(eos) if isinstance(eos, (list, tuple)) else [] if eos is None else [eos]


# ---- inputs -------------------------------------------------------------------------------------------------------------------

def token_batch(draw, lengths, pad, side="right"):
    width = max(lengths)
    ids = torch.full((len(lengths), width), pad)
    mask = torch.zeros(len(lengths), width, dtype=torch.int64)
    for row, n in enumerate(lengths):
        where = slice(0, n) if side == "right" else slice(width - n, width)
        ids[row, where] = torch.from_numpy(draw.integers(6, 195, n))
        mask[row, where] = 1
    return dict(input_ids=ids, attention_mask=mask)


def pad_id(config, otherwise=0):
    pad = getattr(config, "pad_token_id", None)
    return pad if pad is not None else (ids_of(config.eos_token_id) or [otherwise])[0] if config.model_type == "gpt2" else pad or otherwise


def run(name, inputs, want="main", compare_where=None):
    return dict(name=name, inputs=inputs, want=want, compare_where=compare_where)


def causal_runs(case, config, draw):
    pad = pad_id(config)
    padded = token_batch(draw, [6, 4], pad)
    left = token_batch(draw, [6, 4], pad, "left")
    positions = (left["attention_mask"].cumsum(1) - 1).masked_fill(left["attention_mask"] == 0, 1)
    labels = padded["input_ids"].masked_fill(padded["attention_mask"] == 0, -100)
    runs = [run("default", dict(input_ids=token_batch(draw, [10, 10], pad)["input_ids"]), "all"),
            run("right_padded", padded, "main", "attention_mask"),
            run("left_padded", left | dict(position_ids=positions), "main", "attention_mask"),
            run("labels", padded | dict(labels=labels), "loss")]
    if case.long:
        runs.insert(1, run("long", dict(input_ids=token_batch(draw, [case.long], pad)["input_ids"])))
    return runs


def seq2seq_runs(case, config, draw):
    source = token_batch(draw, [11, 7], pad_id(config))
    target = token_batch(draw, [7, 7], pad_id(config))["input_ids"]
    labels = target.clone()
    labels[1, 5:] = -100
    target[:, 0] = config.decoder_start_token_id
    runs = [run("default", source | dict(decoder_input_ids=target), "all"), run("labels", source | dict(labels=labels), "loss")]
    if case.long:
        decoder = token_batch(draw, [30], 0)["input_ids"]
        decoder[:, 0] = config.decoder_start_token_id
        runs.insert(1, run("long", dict(input_ids=token_batch(draw, [case.long], 0)["input_ids"], decoder_input_ids=decoder)))
    return runs


def vision_runs(case, config, draw):
    def pixels(batch):
        return torch.from_numpy(draw.standard_normal((batch, config.num_channels, *case.image)).astype(np.float32))
    return [run("default", dict(pixel_values=pixels(1)), "all"),
            run("labels", dict(pixel_values=pixels(2), labels=torch.from_numpy(draw.integers(0, config.num_labels, 2))), "loss")]


def encoder_runs(case, config, draw):
    tokens = token_batch(draw, [10, 7], pad_id(config))
    mask = tokens["attention_mask"]
    if getattr(config, "type_vocab_size", 1) > 1:
        tokens["token_type_ids"] = torch.from_numpy(draw.integers(0, config.type_vocab_size, mask.shape)) * mask
    if getattr(config, "use_task_id", False):
        tokens["task_type_ids"] = torch.tensor([[1], [2]]).expand(mask.shape).contiguous()
    runs = [run("default", tokens, "all"), run("ids_only", dict(input_ids=token_batch(draw, [6], 0)["input_ids"]))]
    if config.model_type == "roberta":
        ids = token_batch(draw, [8, 5], config.pad_token_id)["input_ids"]
        ids[0, 3] = config.pad_token_id
        runs.append(run("padding_ids_without_mask", dict(input_ids=ids)))
    classes = config.num_labels

    def numbers(shape, high, ignored=()):
        values = torch.from_numpy(draw.integers(0, high, shape))
        for where in ignored:
            values[where] = -100
        return values

    def floats(values):
        return torch.from_numpy(np.asarray(values, np.float32))

    if case.kind == "mlm":
        labels = tokens["input_ids"].clone()
        labels[torch.from_numpy(draw.random(mask.shape) > 0.4) | (mask == 0)] = -100
        targets = [("labels", dict(labels=labels))]
    elif case.kind == "classify":
        targets = [("labels", dict(labels=numbers(2, classes)))]
    elif case.kind == "multi_label":
        targets = [("labels", dict(labels=floats(draw.integers(0, 2, (2, classes)))))]
    elif case.kind == "regression":
        targets = [("labels", dict(labels=floats(draw.standard_normal(2))))]
    elif case.kind == "tokens":
        targets = [("labels", dict(labels=numbers((2, 10), classes, [(0, 0), (1, 7), (1, 8), (1, 9)])))]
    elif case.kind == "answer":
        targets = [("labels", dict(start_positions=torch.tensor([2, 1]), end_positions=torch.tensor([5, 6]))),
                   ("labels_outside", dict(start_positions=torch.tensor([0, 3]), end_positions=torch.tensor([12, 4])))]
    elif case.kind == "discriminator":
        targets = [("labels", dict(labels=numbers((2, 10), 2)))]
    else:
        targets = []
    return runs + [run(name, tokens | values, "loss") for name, values in targets]


RUNS = dict(causal=causal_runs, seq2seq=seq2seq_runs, vision=vision_runs)


def runs_of(case, config, draw):
    return RUNS.get(case.kind, encoder_runs)(case, config, draw)


# ---- forward ------------------------------------------------------------------------------------------------------------------

def forward(model, inputs, want):
    """The outputs of one run by their names in reference.json."""
    model = copy.deepcopy(model)  # dynamic rotary tables remember the longest run: every run starts afresh
    with torch.no_grad():
        if want == "loss":
            return dict(loss=model(**inputs).loss)
        out = model(**inputs, output_hidden_states=True, output_attentions=True)
        result = {n: out[n] for n in ("logits", "start_logits", "end_logits", "last_hidden_state", "pooler_output") if out.get(n) is not None}
        if want == "main":
            return result
        if model.config.is_encoder_decoder:
            result["encoder_last_hidden_state"] = out.encoder_last_hidden_state
            result["decoder_last_hidden_state"] = out.decoder_hidden_states[-1]
        elif model.base_model is not model:
            base = model.base_model(**inputs)
            result |= {n: base[n] for n in ("last_hidden_state", "pooler_output") if base.get(n) is not None}
    for group in ("hidden_states", "attentions", "encoder_hidden_states", "decoder_hidden_states", "encoder_attentions",
                  "decoder_attentions", "cross_attentions"):
        if out.get(group) is not None and not (group == "attentions" and model.config.model_type == "swin"):
            result |= {f"{group}.{i}": t for i, t in enumerate(out[group])}
    return result


def tolerance(difference, least=1e-5):
    """10 x the difference, at least `least`, rounded up to 1, 2 or 5 x 10^n."""
    value = max(10 * difference, least) * (1 - 1e-9)
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(m for m in (1, 2, 5, 10) if m * power >= value) * power:.0e}")


def rounded(x):
    return float(f"{x:.3g}")


def difference(a, b, where=None):
    delta = (a.double() - b.double()).abs()
    if where is not None:
        delta = delta[where]
    return float(delta.max())


def written_run(model, twin, r):
    ours = forward(model, r["inputs"], r["want"])
    with in_float64():
        exact = forward(twin, doubled(r["inputs"]), r["want"])
    where = r["inputs"][r["compare_where"]] == 1 if r["compare_where"] else None
    precision = {}
    for name, value in ours.items():
        p = precision.setdefault(name.split(".")[0], dict(f32_vs_f64_max_abs=0.0, max_abs=0.0))
        p["f32_vs_f64_max_abs"] = max(p["f32_vs_f64_max_abs"], difference(value, exact[name], where))
        p["max_abs"] = max(p["max_abs"], float((value if where is None else value[where]).abs().max()))
        assert exact[name].dtype == torch.float64
    for p in precision.values():
        p["tolerance"] = tolerance(p["f32_vs_f64_max_abs"])
        p["f32_vs_f64_max_abs"], p["max_abs"] = rounded(p["f32_vs_f64_max_abs"]), rounded(p["max_abs"])
    head = dict(name=r["name"]) | (dict(compare_where=r["compare_where"]) if r["compare_where"] else {})
    return head | dict(inputs=r["inputs"], outputs=ours, precision=precision)


# ---- generation ---------------------------------------------------------------------------------------------------------------

def generate(model, inputs, kwargs):
    with torch.no_grad():
        out = model.generate(**inputs, **{k: v for k, v in kwargs.items() if v is not None}, return_dict_in_generate=True, output_scores=True)
    prompt = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
    ends = set(ids_of(model.generation_config.eos_token_id)) | set(ids_of(kwargs.get("forced_eos_token_id")))
    rows = []
    for row in out.sequences[:, prompt:].tolist():
        cut = next((i + 1 for i, t in enumerate(row) if t in ends), len(row))
        rows.append(row[:cut])
    return rows, out


def smallest_margin(rows, scores):
    margin = math.inf
    for step, s in enumerate(scores):
        top = s.topk(2, dim=-1).values
        for row, tokens in enumerate(rows):
            if step < len(tokens) and torch.isfinite(top[row]).all():
                margin = min(margin, float(top[row, 0] - top[row, 1]))
    return margin


class Generations:
    """Draws prompts until a generation is well defined: stable under rounding, the same in float64, without cache and for each item alone."""

    def __init__(self, model, twin, draw):
        self.model, self.twin, self.draw = copy.deepcopy(model), copy.deepcopy(twin), draw
        self.noisy = [copy.deepcopy(model) for _ in range(3)]
        generator = torch.Generator().manual_seed(7)
        with torch.no_grad():
            for m in self.noisy:
                for p in m.parameters():
                    p.mul_(1 + 1e-5 * torch.randn(p.shape, generator=generator))

    def prompt(self, uniform):
        if self.model.config.is_encoder_decoder:
            return token_batch(self.draw, [9, 6], pad_id(self.model.config))
        return token_batch(self.draw, [7, 7] if uniform else [7, 4], pad_id(self.model.config), "left")

    def alone(self, inputs, row):
        keep = inputs["attention_mask"][row] == 1
        return {k: v[row:row + 1, keep] for k, v in inputs.items()}

    def attempt(self, spec, need_end):
        name, rule = spec
        model = self.model
        inputs = self.prompt(uniform=False)
        common = dict(max_new_tokens=20, do_sample=False)
        if not model.config.is_encoder_decoder:
            common["pad_token_id"] = pad_id(model.config)
        plain, _ = generate(model, inputs, common | dict(num_beams=1))
        if callable(rule) and len(plain[0]) < 4:
            return None
        kwargs = common | (rule(plain[0]) if callable(rule) else rule)
        if kwargs.get("forced_eos_token_id") == "eos":
            kwargs["forced_eos_token_id"] = ids_of(model.generation_config.eos_token_id)[0]
        kwargs = {k: v for k, v in kwargs.items() if v is not None}
        rows, out = generate(model, inputs, kwargs)
        greedy = kwargs.get("num_beams") == 1
        kept = {k: v for k, v in kwargs.items() if k in common or k in ("num_beams", "num_return_sequences") or NEUTRAL.get(k, ...) == v}
        if kept != kwargs and generate(model, inputs, kept)[0] == rows:
            return None  # the rule changed nothing
        monotonous = [len(r) > 4 and len(set(r)) < 3 for r in rows]
        if any(monotonous) if greedy else all(monotonous):
            return None
        if need_end and not any(len(r) < 20 for r in rows):
            return None
        margin = smallest_margin(rows, out.scores) if greedy else None
        if greedy and margin < MINIMUM_MARGIN:
            return None
        if generate(model, inputs, kwargs | dict(use_cache=False))[0] != rows or any(generate(m, inputs, kwargs)[0] != rows for m in self.noisy):
            return None
        with in_float64():
            exact, exact_out = generate(self.twin, inputs, kwargs)
        if exact != rows:
            return None
        each = kwargs.get("num_return_sequences", 1)
        for row in range(2):
            mine, mine_out = generate(model, self.alone(inputs, row), kwargs)
            span = slice(row * each, (row + 1) * each)
            if mine != rows[span] or not greedy and difference(mine_out.sequences_scores, out.sequences_scores[span]) > 1e-5:
                return None
        result = dict(name=name, kwargs=kwargs, inputs=inputs, sequences=out.sequences, new_tokens=rows)
        if greedy:
            return result | dict(smallest_top1_top2_margin=rounded(margin))
        d = difference(out.sequences_scores, exact_out.sequences_scores)
        return result | dict(sequences_scores=out.sequences_scores,
                             precision=dict(sequences_scores=dict(f32_vs_f64_max_abs=rounded(d), tolerance=tolerance(d))))

    def find(self, spec, tries):
        for t in range(tries):
            found = self.attempt(spec, need_end=spec[0] == "greedy")
            if found:
                return found
        return None


# ---- training -----------------------------------------------------------------------------------------------------------------

def train(model, inputs, steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    losses, grad_norms, param_norms, first = [], [], [], None
    model.train()
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = model(**inputs).loss
        loss.backward()
        grads = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        first = first or grads
        losses.append(loss.detach())
        grad_norms.append(torch.stack([g.norm() for g in grads.values()]).norm())
        param_norms.append(torch.stack([p.detach().norm() for p in model.parameters() if p.requires_grad]).norm())
        if step < steps:
            optimizer.step()
    model.eval()
    return torch.stack(losses), torch.stack(grad_norms), torch.stack(param_norms), first


def written_training(model, twin, inputs, steps):
    losses, norms, params, grads = train(model, inputs, steps)
    with in_float64():
        losses64, norms64, _, grads64 = train(twin, doubled(inputs), steps)
    zero = [n for n, g in grads64.items() if float(g.norm()) < 1e-12]
    loss_difference, element = difference(losses, losses64), max(difference(grads[n], grads64[n]) for n in grads)
    relative = float(((norms.double() - norms64) / norms64).abs().max())
    vector = max(float((grads[n].double() - grads64[n]).norm() / grads64[n].norm()) for n in grads if n not in zero)
    return dict(
        what=f"model in train mode, every dropout 0, the same batch at every step; losses[i] is the loss before optimiser step i+1, "
             f"losses[{steps}] the loss after the last step",
        inputs=inputs,
        optimizer=dict(name="torch.optim.AdamW", lr=LEARNING_RATE, betas=[0.9, 0.999], eps=1e-8, weight_decay=0.01, groups="one group: all "
                       "trainable parameters decay, also biases and norms; a tied tensor is one parameter; no gradient clipping, constant lr",
                       steps=steps),
        losses=losses, losses_f64=losses64, grad_norms=norms, grad_norms_f64=norms64, param_norms=params,
        grad_l2_first_step={n: float(f"{float(g.norm()):.8g}") for n, g in grads.items()},
        gradients_zero_in_exact_arithmetic=zero,
        precision=dict(
            losses=dict(f32_vs_f64_max_abs=rounded(loss_difference), tolerance=tolerance(loss_difference)),
            grad_norms=dict(f32_vs_f64_max_rel=rounded(relative), tolerance_relative=tolerance(relative)),
            grads_elementwise=dict(f32_vs_f64_max_abs=rounded(element), tolerance=tolerance(element, 1e-6)),
            grad_l2_first_step=dict(f32_vs_f64_max_rel_of_error_vector=rounded(vector), tolerance_relative=tolerance(vector)))), grads


# ---- reference.json -----------------------------------------------------------------------------------------------------------

def flat(values):
    return json.dumps(values, separators=(",", ":"), allow_nan=False)


def to_json(value, indent=0):
    """Tensors and plain lists on one line; F32 values are the shortest decimals that read back to the same float32."""
    inner = "  " * (indent + 1)
    if isinstance(value, torch.Tensor):
        dtype = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.bool: "BOOL"}[value.dtype]
        data = value.detach().contiguous().numpy().ravel()
        numbers = [float(str(x)) for x in data] if dtype == "F32" else data.tolist()
        return f'{{"dtype":"{dtype}","shape":{json.dumps(list(value.shape))},"data":{flat(numbers)}}}'
    if isinstance(value, dict):
        if not value:
            return "{}"
        return "{\n" + ",\n".join(f"{inner}{json.dumps(k)}: {to_json(v, indent + 1)}" for k, v in value.items()) + "\n" + "  " * indent + "}"
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return "[\n" + ",\n".join(inner + to_json(v, indent + 1) for v in value) + "\n" + "  " * indent + "]"
    return json.dumps(value, allow_nan=False)


def read_tensor(t):
    return torch.tensor(t["data"], dtype=dict(F32=torch.float32, F64=torch.float64, I64=torch.int64, BOOL=torch.bool)[t["dtype"]]).reshape(t["shape"])


def versions(arguments):
    import transformers
    found = dict(transformers=transformers.__version__)
    if arguments.commit:
        found["transformers_commit"] = arguments.commit
    return found | dict(torch=torch.__version__, numpy=np.__version__)


def build(case, seed):
    import transformers
    cls = getattr(transformers, case.model)
    config = cls.config_class(**case.config)
    config._attn_implementation = "eager"
    model = cls(config).eval()
    for k, v in case.generation_config.items():
        setattr(model.generation_config, k, v)
    randomise(model, seed, case.last_norm)
    return model


def load(case_class, folder):
    import transformers
    return getattr(transformers, case_class).from_pretrained(folder, attn_implementation="eager").eval()


def make(case, arguments, number):
    """Writes one case; tries further seeds until every generation of the case is well defined."""
    final, temporary = os.path.join(arguments.output, case.name), os.path.join(arguments.output, f".{case.name}.partial")
    for seed in range(1000 * number + 1, 1000 * number + 40):
        shutil.rmtree(temporary, ignore_errors=True)
        built = build(case, seed)
        built.save_pretrained(temporary)
        model = load(case.model, temporary)  # the reference comes from the files
        assert all(torch.equal(p, model.state_dict()[n]) for n, p in built.state_dict().items())
        draw = np.random.default_rng(seed)
        twin = twin_of(model)
        runs = runs_of(case, model.config, draw)
        generation, search = [], Generations(model, twin, draw) if case.generation else None
        for spec in case.generation:
            found = search.find(spec, tries=60 if generation else 25)
            if found is None:
                print(f"{case.name}: seed {seed}: no prompt for {spec[0]}", flush=True)
                break
            generation.append(found)
        if len(generation) == len(case.generation):
            break
    else:
        shutil.rmtree(temporary)
        print(f"{case.name}: NOT WRITTEN: no seed has all generations", flush=True)
        return
    assert not case.train or all(m.p == 0 for m in model.modules() if isinstance(m, torch.nn.Dropout))
    reference = dict(format="transformer-fixture/1", case=case.name, family=model.config.model_type, **{"class": case.model},
                     versions=versions(arguments), seed=seed, parameters=sum(p.numel() for p in model.parameters()))
    if case.notes:
        reference["notes"] = case.notes
    reference["runs"] = [] if case.train else [written_run(model, twin, r) for r in runs]
    if generation:
        with open(os.path.join(temporary, "generation_config.json")) as f:
            reference["generation_config"] = json.load(f)
        reference["generation"] = generation
    if case.train:
        from safetensors.torch import save_file
        inputs = next(r["inputs"] for r in runs if r["want"] == "loss")
        reference["training"], grads = written_training(model, twin, inputs, case.train)
        save_file({n: g.contiguous() for n, g in grads.items()}, os.path.join(temporary, "grads.safetensors"), metadata=dict(format="pt"))
    with open(os.path.join(temporary, "reference.json"), "w") as f:
        f.write(to_json(reference) + "\n")
    shutil.rmtree(final, ignore_errors=True)
    os.rename(temporary, final)
    size = sum(e.stat().st_size for e in os.scandir(final)) // 1024
    print(f"{case.name}: seed {seed}, {reference['parameters']} parameters, {size} KB", flush=True)


def verify(folder):
    """Reruns a written case and says whether everything lies within its tolerances."""
    with open(os.path.join(folder, "reference.json")) as f:
        reference = json.load(f)
    model, worst, wrong = load(reference["class"], folder), 0.0, []
    for r in reference["runs"]:
        inputs = {k: read_tensor(v) for k, v in r["inputs"].items()}
        where = inputs[r["compare_where"]] == 1 if "compare_where" in r else None
        ours = forward(model, inputs, "loss" if "loss" in r["outputs"] else "all")
        for name, value in r["outputs"].items():
            d = difference(ours[name], read_tensor(value), where)
            worst = max(worst, d)
            if not d <= r["precision"][name.split(".")[0]]["tolerance"]:
                wrong.append(f"{r['name']}/{name} {d:.2g}")
    for g in reference.get("generation", []):
        try:
            rows, _ = generate(copy.deepcopy(model), {k: read_tensor(v) for k, v in g["inputs"].items()}, g["kwargs"])
            if rows != g["new_tokens"]:
                wrong.append(f"generation {g['name']}")
        except (AttributeError, ValueError) as unknown:  # a kind of generation that this version has dropped
            wrong.append(f"generation {g['name']} not available ({type(unknown).__name__})")
    if "training" in reference:
        t = reference["training"]
        losses, _, _, _ = train(model, {k: read_tensor(v) for k, v in t["inputs"].items()}, t["optimizer"]["steps"])
        d = difference(losses, read_tensor(t["losses"]))
        if not d <= t["precision"]["losses"]["tolerance"]:
            wrong.append(f"losses {d:.2g}")
    print(f"{reference['case']}: " + (f"differs: {', '.join(wrong)}" if wrong else f"agrees (outputs within {worst:.1g})"), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers", required=True, metavar="PATH")
    parser.add_argument("--commit", help="commit of the transformers source, written into reference.json")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--output", metavar="DIR")
    target.add_argument("--verify", metavar="DIR")
    parser.add_argument("--only", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    source = os.path.join(arguments.transformers, "src")
    sys.path.insert(0, source if os.path.isdir(source) else arguments.transformers)
    torch.set_num_threads(1)
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if arguments.verify:
        for name in sorted(arguments.only or os.listdir(arguments.verify)):
            if os.path.isfile(os.path.join(arguments.verify, name, "reference.json")):
                verify(os.path.join(arguments.verify, name))
        return
    os.makedirs(arguments.output, exist_ok=True)
    v5 = int(transformers.__version__.split(".")[0]) >= 5
    for number, case in enumerate(CASES, 1):
        if case.v5 == v5 and (not arguments.only or case.name in arguments.only):
            make(case, arguments, number)


if __name__ == "__main__":
    main()
