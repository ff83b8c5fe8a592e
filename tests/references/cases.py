"""The model configurations and runs that make_references.py writes: data only, one entry a case."""

from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    model: str                  # transformers class
    config: dict
    kind: str                   # causal | seq2seq | vision | one of the encoder heads
    generation: list = field(default_factory=list)
    generation_config: dict = field(default_factory=dict)
    long: int = 0               # length of an additional long run
    train: int = 0              # AdamW steps
    image: tuple = ()           # height, width
    v5: bool = False            # needs transformers 5 (rope_parameters in config.json)
    last_norm: str = ""         # a norm given zero-mean weights, see randomise
    notes: list = field(default_factory=list)


GREEDY = ("greedy", dict(num_beams=1))
BEAMS = [
    GREEDY,
    ("beam4", dict(num_beams=4, length_penalty=1.0, no_repeat_ngram_size=0)),
    ("beam4_lp2", dict(num_beams=4, length_penalty=2.0, no_repeat_ngram_size=0)),
    ("beam4_lp0.2", dict(num_beams=4, length_penalty=0.2, no_repeat_ngram_size=0)),
    ("beam4_early_stopping_return4", dict(num_beams=4, length_penalty=1.0, no_repeat_ngram_size=0, early_stopping=True,
                                          num_return_sequences=4)),
    ("beam3_no_repeat_ngram2", dict(num_beams=3, length_penalty=1.0, no_repeat_ngram_size=2)),
]
# A function of the plain greedy tokens g of the first batch item, where a rule must meet the tokens that would be chosen.
RULES = [
    GREEDY,
    ("min_new_tokens", lambda g: dict(num_beams=1, min_new_tokens=min(len(g) + 3, 16))),
    ("suppress_tokens", lambda g: dict(num_beams=1, suppress_tokens=sorted({g[1], g[2]}))),
    ("begin_suppress_tokens", lambda g: dict(num_beams=1, begin_suppress_tokens=[g[0]])),
    ("bad_words", lambda g: dict(num_beams=1, bad_words_ids=[[g[0], g[1]], [g[2]]])),
    ("bad_words_beam3", lambda g: dict(num_beams=3, bad_words_ids=[[g[0], g[1]], [g[2]]])),
    ("sequence_bias", lambda g: dict(num_beams=1, sequence_bias=[[[g[1]], -4.0], [[g[0], 17], 9.0]])),
    ("no_repeat_ngram3", lambda g: dict(num_beams=1, no_repeat_ngram_size=3)),
    ("forced_eos_beam3", lambda g: dict(num_beams=3, max_new_tokens=5, forced_eos_token_id="eos")),
    ("beam4_early_stopping_never", dict(num_beams=4, early_stopping="never", length_penalty=1.5, num_return_sequences=2)),
    ("beam4_early_stopping_false", dict(num_beams=4, early_stopping=False, length_penalty=1.5, num_return_sequences=2)),
    ("beam4_early_stopping_true", dict(num_beams=4, early_stopping=True, length_penalty=1.5, num_return_sequences=2)),
    ("beam3_return3_min_new_tokens", dict(num_beams=3, num_return_sequences=3, min_new_tokens=6, length_penalty=0.5)),
]
SEQ2SEQ_RULES = RULES + [
    ("min_length", lambda g: dict(num_beams=1, min_length=min(len(g) + 3, 16))),
    ("min_length_beam4", lambda g: dict(num_beams=4, min_length=9, length_penalty=0.3)),
    ("max_length_beam3", lambda g: dict(num_beams=3, max_new_tokens=None, max_length=7)),
    ("forced_bos", lambda g: dict(num_beams=1, forced_bos_token_id=11)),
    ("forced_bos_beam3", lambda g: dict(num_beams=3, forced_bos_token_id=11)),
    ("repetition_penalty", lambda g: dict(num_beams=1, repetition_penalty=1.8)),
    ("repetition_penalty_beam3", lambda g: dict(num_beams=3, repetition_penalty=1.4)),
    ("encoder_repetition_penalty", lambda g: dict(num_beams=1, encoder_repetition_penalty=1.8)),
    ("encoder_no_repeat_ngram1", lambda g: dict(num_beams=1, encoder_no_repeat_ngram_size=1)),
    ("diverse_2_groups", dict(num_beams=4, num_beam_groups=2, diversity_penalty=0.7)),
    ("diverse_4_groups_return4", dict(num_beams=4, num_beam_groups=4, diversity_penalty=1.5, num_return_sequences=4)),
]

GPT_NEOX = dict(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, rotary_pct=0.25,
                max_position_embeddings=64, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False)
PHI = dict(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, partial_rotary_factor=0.5,
           max_position_embeddings=64, bos_token_id=1, eos_token_id=2)
LLAMA = dict(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
             max_position_embeddings=128, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False)
QWEN = LLAMA | dict(rope_theta=1000000.0, bos_token_id=198, eos_token_id=199)
GEMMA = dict(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
             intermediate_size=64, max_position_embeddings=128, bos_token_id=2, eos_token_id=1, pad_token_id=0)
GEMMA2 = GEMMA | dict(num_hidden_layers=3, sliding_window=4, query_pre_attn_scalar=24, attn_logit_softcapping=3.0, final_logit_softcapping=6.0)
GLM = LLAMA | dict(head_dim=16, attention_bias=True, pad_token_id=0, partial_rotary_factor=0.5)
GPT2 = dict(vocab_size=200, n_embd=32, n_layer=3, n_head=4, n_positions=64, bos_token_id=199, eos_token_id=199)
BERT = dict(vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=40,
            type_vocab_size=2, pad_token_id=0, bos_token_id=None, eos_token_id=None)
ROBERTA = BERT | dict(type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
DISTILBERT = dict(vocab_size=200, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=40)
ELECTRA = BERT | dict(embedding_size=24)
ERNIE = BERT | dict(use_task_id=True, task_type_vocab_size=3, type_vocab_size=4)
T5 = dict(vocab_size=200, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_decoder_layers=2, num_heads=4, decoder_start_token_id=0)
T5_V11 = T5 | dict(layer_norm_epsilon=1e-4, feed_forward_proj="gated-gelu", tie_word_embeddings=False, num_layers=1)
BART = dict(vocab_size=200, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=48)
MARIAN = BART | dict(decoder_vocab_size=200, pad_token_id=199, decoder_start_token_id=199, eos_token_id=0, forced_eos_token_id=0,
                     activation_function="swish", scale_embedding=True, static_position_embeddings=True, encoder_layers=1)
VIT = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
SWIN = dict(embed_dim=16, patch_size=2, window_size=4)
NO_DROPOUT = dict(dropout=0.0, attention_dropout=0.0, activation_dropout=0.0)
LABELS = dict(id2label={0: "negative", 1: "neutral", 2: "positive"}, label2id={"negative": 0, "neutral": 1, "positive": 2})


def rope(kind, **values):
    return dict(rope_scaling=dict(rope_type=kind, **values))


DECODERS = [
    Case("gpt-neox", "GPTNeoXForCausalLM", GPT_NEOX | dict(use_parallel_residual=True), "causal", [GREEDY]),
    Case("gpt-neox-sequential", "GPTNeoXForCausalLM", GPT_NEOX | dict(layer_norm_eps=1e-3, use_parallel_residual=False, num_attention_heads=4, rotary_pct=0.5,
         rotary_emb_base=500), "causal", [GREEDY]),
    Case("phi", "PhiForCausalLM", PHI | dict(qk_layernorm=False), "causal", [GREEDY]),
    Case("phi-qk-layernorm", "PhiForCausalLM", PHI | dict(layer_norm_eps=1e-3, qk_layernorm=True, num_key_value_heads=2), "causal", [GREEDY]),
    Case("llama-rope-linear", "LlamaForCausalLM", LLAMA | rope("linear", factor=4.0), "causal", [GREEDY], long=40),
    Case("llama-rope-dynamic", "LlamaForCausalLM", LLAMA | dict(max_position_embeddings=32) | rope("dynamic", factor=2.5), "causal", [GREEDY],
         long=44, notes=["run 'long' is longer than max_position_embeddings, so its rotary base depends on its length; the other runs are shorter"]),
    Case("llama-rope-yarn", "LlamaForCausalLM", LLAMA | dict(hidden_size=48, num_attention_heads=3, num_key_value_heads=1,
         max_position_embeddings=256) | rope("yarn", factor=4.0, original_max_position_embeddings=64), "causal", [GREEDY], long=40),
    Case("llama-rope-llama3", "LlamaForCausalLM", LLAMA | dict(head_dim=16, rope_theta=500.0) | rope("llama3", factor=4.0,
         low_freq_factor=1.0, high_freq_factor=3.0, original_max_position_embeddings=32), "causal", [GREEDY], long=40),
    Case("llama-biases", "LlamaForCausalLM", LLAMA | dict(attention_bias=True, mlp_bias=True, head_dim=12, num_key_value_heads=1,
         tie_word_embeddings=True), "causal", [GREEDY]),
    Case("mistral", "MistralForCausalLM", LLAMA | dict(sliding_window=4), "causal", [GREEDY], long=24),
    Case("mixtral", "MixtralForCausalLM", LLAMA | dict(num_local_experts=4, num_experts_per_tok=2, intermediate_size=32), "causal", [GREEDY]),
    Case("qwen2-sliding", "Qwen2ForCausalLM", QWEN | dict(use_sliding_window=True, sliding_window=4, max_window_layers=1,
         tie_word_embeddings=True), "causal", [GREEDY], long=24),
    Case("qwen3", "Qwen3ForCausalLM", QWEN | dict(head_dim=16, rms_norm_eps=1e-4), "causal", [GREEDY]),
    Case("gemma", "GemmaForCausalLM", GEMMA | dict(num_key_value_heads=1, rms_norm_eps=1e-3), "causal", [GREEDY], last_norm="model.norm"),
    Case("gemma2", "Gemma2ForCausalLM", GEMMA2, "causal", [GREEDY], long=24, last_norm="model.norm"),
    Case("glm", "GlmForCausalLM", GLM, "causal", [GREEDY]),
    Case("glm4", "Glm4ForCausalLM", GLM | dict(eos_token_id=[2, 3, 4], rms_norm_eps=1e-4), "causal", [GREEDY]),
    Case("gpt2-inverse-layer", "GPT2LMHeadModel", GPT2 | dict(scale_attn_by_inverse_layer_idx=True), "causal", [GREEDY]),
    Case("gpt2-generation", "GPT2LMHeadModel", GPT2 | dict(n_layer=2), "causal", RULES),
]
V5 = [
    Case("llama-rope-yarn-v5config", "LlamaForCausalLM", LLAMA | dict(head_dim=16, max_position_embeddings=256, rope_parameters=dict(
         rope_type="yarn", rope_theta=1000.0, factor=8.0, original_max_position_embeddings=32, beta_fast=4.0, beta_slow=0.5,
         attention_factor=1.2)), "causal", [GREEDY], long=40, v5=True),
    Case("llama-rope-dynamic-v5config", "LlamaForCausalLM", LLAMA | dict(max_position_embeddings=32, rope_parameters=dict(
         rope_type="dynamic", rope_theta=10000.0, factor=2.5)), "causal", [GREEDY], long=44, v5=True),
    Case("phi-v5config", "PhiForCausalLM", {k: v for k, v in PHI.items() if k != "partial_rotary_factor"} | dict(rope_parameters=dict(
         rope_type="default", rope_theta=5000.0, partial_rotary_factor=0.5)), "causal", [GREEDY], v5=True),
    Case("gpt-neox-v5config", "GPTNeoXForCausalLM", {k: v for k, v in GPT_NEOX.items() if k != "rotary_pct"} | dict(rope_parameters=dict(
         rope_type="default", rope_theta=5000.0, partial_rotary_factor=0.25)), "causal", [GREEDY], v5=True),
    Case("gemma2-v5config", "Gemma2ForCausalLM", GEMMA2 | dict(rope_parameters=dict(rope_type="default", rope_theta=5000.0)), "causal",
         [GREEDY], v5=True, last_norm="model.norm"),
]
ENCODERS = [
    Case("bert-base", "BertModel", BERT, "base"),
    Case("bert-classify-single", "BertForSequenceClassification", BERT | LABELS | dict(problem_type="single_label_classification"), "classify"),
    Case("bert-classify-multi", "BertForSequenceClassification", BERT | LABELS | dict(problem_type="multi_label_classification"), "multi_label"),
    Case("bert-classify-regression", "BertForSequenceClassification", BERT | dict(num_labels=1, problem_type="regression"), "regression"),
    Case("bert-tokens", "BertForTokenClassification", BERT | dict(num_labels=5), "tokens"),
    Case("bert-answer", "BertForQuestionAnswering", BERT, "answer"),
    Case("roberta-mlm", "RobertaForMaskedLM", ROBERTA, "mlm"),
    Case("roberta-classify", "RobertaForSequenceClassification", ROBERTA | LABELS, "classify"),
    Case("roberta-tokens", "RobertaForTokenClassification", ROBERTA | dict(num_labels=5), "tokens"),
    Case("roberta-answer", "RobertaForQuestionAnswering", ROBERTA, "answer"),
    Case("distilbert-mlm", "DistilBertForMaskedLM", DISTILBERT, "mlm"),
    Case("distilbert-classify", "DistilBertForSequenceClassification", DISTILBERT | LABELS | dict(sinusoidal_pos_embds=False), "classify"),
    Case("distilbert-answer", "DistilBertForQuestionAnswering", DISTILBERT, "answer"),
    Case("electra-mlm", "ElectraForMaskedLM", ELECTRA, "mlm"),
    Case("electra-classify", "ElectraForSequenceClassification", ELECTRA | LABELS, "classify"),
    Case("electra-discriminator", "ElectraForPreTraining", ELECTRA | dict(embedding_size=32, layer_norm_eps=1e-3, hidden_act="gelu_new"), "discriminator"),
    Case("ernie-mlm", "ErnieForMaskedLM", ERNIE, "mlm"),
    Case("ernie-classify", "ErnieForSequenceClassification", ERNIE | LABELS | dict(layer_norm_eps=1e-3, hidden_act="relu"), "classify"),
]
SEQ2SEQ = [
    Case("t5-v1.1", "T5ForConditionalGeneration", T5_V11, "seq2seq", BEAMS, long=40),
    Case("marian", "MarianMTModel", MARIAN, "seq2seq", BEAMS + [("from_generation_config", dict(max_new_tokens=None))],
         generation_config=dict(bad_words_ids=[[199]], num_beams=3, max_length=16),
         notes=["generation 'from_generation_config' takes its beams and its length from generation_config.json: max_length counts the start token"]),
    Case("bart-scaled", "BartForConditionalGeneration", BART | dict(scale_embedding=True, forced_bos_token_id=0, activation_function="relu",
         encoder_layers=1), "seq2seq", BEAMS),
    Case("bart-generation", "BartForConditionalGeneration", BART | dict(forced_eos_token_id=None), "seq2seq", SEQ2SEQ_RULES),
]
VISION = [
    Case("vit-patch4", "ViTForImageClassification", VIT | dict(image_size=24, patch_size=4, qkv_bias=False, num_labels=5), "vision", image=(24, 24)),
    Case("vit-rectangular", "ViTForImageClassification", VIT | dict(layer_norm_eps=1e-3, image_size=[16, 32], patch_size=[8, 4], num_channels=1, num_labels=5),
         "vision", image=(16, 32)),
    Case("swin-padded", "SwinForImageClassification", SWIN | dict(image_size=28, depths=[2, 2, 2], num_heads=[2, 2, 4], embed_dim=8,
         num_labels=5), "vision", image=(28, 28)),
    Case("swin-rectangular", "SwinForImageClassification", SWIN | dict(layer_norm_eps=1e-3, image_size=[28, 44], depths=[1, 2], num_heads=[2, 4],
         qkv_bias=False, num_labels=5), "vision", image=(28, 44)),
]
TRAINING = [
    Case("mixtral-train", "MixtralForCausalLM", LLAMA | dict(num_local_experts=4, num_experts_per_tok=2, intermediate_size=32), "causal", train=5),
    Case("mixtral-router-loss", "MixtralForCausalLM", LLAMA | dict(num_local_experts=4, num_experts_per_tok=2, intermediate_size=32,
         output_router_logits=True, router_aux_loss_coef=0.05), "causal", train=3,
         notes=["output_router_logits is on: the losses contain the router's load-balancing loss",
                "development versions of transformers 5.0 take the softmax of the router's logits twice in this loss and differ by 3e-4"]),
    Case("gemma2-train", "Gemma2ForCausalLM", GEMMA2 | dict(num_hidden_layers=2), "causal", train=3),
    Case("glm4-train", "Glm4ForCausalLM", GLM, "causal", train=3),
    Case("gpt-neox-train", "GPTNeoXForCausalLM", GPT_NEOX, "causal", train=3),
    Case("qwen3-train", "Qwen3ForCausalLM", QWEN | dict(head_dim=16), "causal", train=3),
    Case("t5-v1.1-train", "T5ForConditionalGeneration", T5_V11 | dict(dropout_rate=0.0), "seq2seq", train=5),
    Case("t5-v1.0-train", "T5ForConditionalGeneration", T5 | dict(dropout_rate=0.0), "seq2seq", train=3),
    Case("bart-train", "BartForConditionalGeneration", BART | NO_DROPOUT, "seq2seq", train=5),
    Case("marian-train", "MarianMTModel", MARIAN | NO_DROPOUT, "seq2seq", train=3),
    Case("swin-train", "SwinForImageClassification", SWIN | dict(image_size=28, depths=[2, 2], num_heads=[2, 4], drop_path_rate=0.0,
         num_labels=5), "vision", image=(28, 28), train=3),
    Case("vit-train", "ViTForImageClassification", VIT | dict(image_size=24, patch_size=4, num_labels=5), "vision", image=(24, 24), train=3),
    Case("electra-train", "ElectraForMaskedLM", ELECTRA | dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0), "mlm", train=3),
]
CASES = DECODERS + ENCODERS + SEQ2SEQ + VISION + TRAINING + V5
