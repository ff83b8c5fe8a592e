"""Writes tests/Heed.Tests/Fixtures/metrics: texts, labels and numbers, and what the programs make of them with which figures are published.

    PYTHONPATH=... python3 make_metric_references.py --pairs FILE --book FILE [--count N] [--output DIR]

FILE of --pairs has an object with "en" and "zh" a line (sentences of Tatoeba, CC BY 2.0 FR); that of --book an object with "text" (books in
the public domain). PYTHONPATH holds sacrebleu 2.6.0, rouge_score (its entry class and tokenizer rebuilt), nltk 3.8, scikit-learn 1.2.1, scipy 1.10.1, and the scripts of SQuAD 2.0
(evaluate_v2.py) and CMRC 2018 (cmrc2018_evaluate.py); the others unmodified; of nltk's word_tokenize only the part that cuts one sentence is used.
"""
import argparse
import json
import math
import pathlib
import random
import re
import types

import nltk.tokenize
import numpy
import scipy.stats
import sklearn.metrics
from nltk.stem import porter
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.bleu import _get_tokenizer

nltk.word_tokenize = nltk.tokenize.NLTKWordTokenizer().tokenize
import cmrc2018_evaluate as cmrc  # noqa: E402
import evaluate_v2 as squad  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", required=True)
parser.add_argument("--book", required=True)
parser.add_argument("--count", type=int, default=24)
parser.add_argument("--output", default=pathlib.Path(__file__).parent.parent / "Heed.Tests" / "Fixtures" / "metrics", type=pathlib.Path)
arguments = parser.parse_args()
draw = random.Random(1337)


def disturb(tokens, others):
    """A sentence that a bad translator might write: tokens dropped, doubled, swapped, taken from elsewhere, or the end missing."""
    tokens = list(tokens)
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        if not tokens:
            break
        at = draw.randrange(len(tokens))
        kind = draw.randrange(5)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            other = draw.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = draw.choice(others)
        else:
            del tokens[max(1, len(tokens) - draw.randrange(4)):]
    return tokens


def translations(name, sentences, cut, joined, references):
    """Disturbed sentences beside one to three references, with all ways to count them."""
    pool = [token for s in sentences for token in cut(s)]
    texts, wanted = [], []
    for s in sentences:
        texts.append(joined.join(disturb(cut(s), pool)))
        wanted.append([s] + [joined.join(disturb(cut(s), pool)) for _ in range(references if isinstance(references, int) else draw.choice(references))])
    texts[1] = ""
    return case(name, texts, wanted)


def case(name, texts, wanted):
    most = max(map(len, wanted))
    columns = [[w[k] if k < len(w) else None for w in wanted] for k in range(most)]
    bleus, chrfs = [], []
    for tokenize in ["13a", "zh", "char", "none"]:
        for options in [{}, {"smooth_method": "floor"}, {"smooth_method": "add-k"}, {"smooth_method": "add-k", "smooth_value": 0.5}, {"smooth_method": "none"}, {"lowercase": True}, {"effective_order": True}, {"max_ngram_order": 2}]:
            metric = BLEU(tokenize=tokenize, **options)
            score = metric.corpus_score(texts, columns)
            bleus.append({
                "tokenize": tokenize, **options, "signature": str(metric.get_signature()).rsplit("|", 1)[0], "line": str(score), "score": score.score, "precisions": score.precisions,
                "sentences": [BLEU(tokenize=tokenize, **{"effective_order": True, **options}).sentence_score(t, w).score for t, w in zip(texts, wanted)] if tokenize in ("13a", "zh") else None,
            })
    for options in [{}, {"word_order": 2}, {"word_order": 1, "lowercase": True}, {"whitespace": True}, {"char_order": 4, "beta": 3}]:
        metric = CHRF(**options)
        score = metric.corpus_score(texts, columns)
        chrfs.append({**options, "signature": str(metric.get_signature()).rsplit("|", 1)[0], "line": str(score), "score": score.score,
                      "sentences": [CHRF(**options).sentence_score(t, w).score for t, w in zip(texts, wanted)]})
    return {"name": name, "texts": texts, "references": wanted, "bleu": bleus, "chrf": chrfs}


class Characters:
    """Ideographs alone, other letters and digits as words."""

    def tokenize(self, text):
        return re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]|[^\W_\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]+", text.lower())


def rouge(pairs):
    result = []
    for text, reference in pairs:
        row = {"text": text, "reference": reference}
        for name, scorer in [("words", {}), ("stems", {"use_stemmer": True}), ("characters", {"tokenizer": Characters()})]:
            scores = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], **scorer).score(reference, text)
            row[name] = [list(scores[k]) for k in ["rouge1", "rouge2", "rougeL", "rougeLsum"]]
        result.append(row)
    return result


def odd_texts(count):
    """Texts of the characters on which tokenizers differ."""
    alphabet = ["a", "B", "7", "0", ".", ",", "-", "'", "\"", "&", "&amp;", "&quot;", "&lt;", "&gt;", "<skipped>", ";", "(", "[", "{", "~", "`", "_", "^", "@", "/", "%", " ", " ", "\t", "\n", "-\n", "\u00a0", "\u3000", "\u2028", "\x1c", "\x1f",
                "\u00df", "\u00c4", "\u00e9", "e\u0301", "\u2013", "\u201c", "\u2019", "\u2026", "\u20ac", "\u4e2d", "\u6587", "\u3002", "\uff0c", "\uff08", "\uff21", "\u3042", "\u30ab", "\uac00", "\U00020000", "\U0001F600", "\u2a6e", "\u2a6d", "\u2000", "\u2001"]
    return ["".join(draw.choice(alphabet) for _ in range(draw.randrange(1, 24))) for _ in range(count)]


def answers():
    """Answers and right ones, by the scripts of SQuAD 2.0 and CMRC 2018."""
    rows = []
    for answer, right in [
            ("The Eiffel Tower", ["Eiffel tower", "the tower"]), ("in 1889.", ["1889"]), ("", [""]), ("", ["a tower"]), ("the", ["an"]), ("the", ["tower"]), ("tower", ["a", "the"]), ("a big, red balloon!", ["the big balloon", "big red"]),
            ("and the theatre", ["theatre and"]), ("A1-the-b", ["a1theb"]), ("U.S.", ["US", "the united states"]), ("caf\u00e9 a la cr\u00e8me", ["cafe la creme", "caf\u00e9"]), ("one one two", ["one two two"]), ("  x   y ", ["y x"])]:
        keep = [a for a in right if squad.normalize_answer(a)] or [""]
        rows.append({"rules": "English", "answer": answer, "right": right, "exact": max(squad.compute_exact(a, answer) for a in keep), "f1": max(squad.compute_f1(a, answer) for a in keep)})
    for answer, right in [
            ("\u5317\u4eac\u5e02", ["\u5317\u4eac", "\u5317\u4eac\u5e02\u3002"]), ("\u5149\u8363\u548c\u03c9-force", ["\u5149\u8363\u548c\u03c9-force\uff08\u516c\u53f8\uff09"]), ("1998\u5e745\u67088\u65e5", ["\u4e8e1998\u5e745\u67088\u65e5", "1998\u5e74"]), ("\u300a\u6218\u56fd\u300b", ["\u6218\u56fd"]),
            ("ABC def\u516c\u53f8", ["abc Def \u516c\u53f8"]), ("\u4e0a\u6d77", ["\u5e7f\u5dde"]), ("1,000\u5343\u74e6", ["1000\u5343\u74e6", "1,000 \u5343\u74e6"]), ("\u56db\u5ddd\u7701\u6210\u90fd\u5e02", ["\u6210\u90fd\u56db\u5ddd\u7701"])]:
        rows.append({"rules": "Chinese", "answer": answer, "right": right, "exact": cmrc.calc_em_score(right, answer), "f1": cmrc.calc_f1_score(right, answer)})
    return rows


def classes():
    """Classes of items by scikit-learn."""
    cases = []
    for size, kinds, error in [(30, 2, 0.2), (60, 5, 0.4), (12, 6, 0.9), (20, 3, 0.0), (9, 1, 0.0), (40, 4, None)]:
        actual = [draw.randrange(kinds) for _ in range(size)]
        predicted = [kinds - 1] * size if error is None else [draw.randrange(kinds) if draw.random() < error else a for a in actual]
        row = {"kinds": kinds, "actual": actual, "predicted": predicted, "matrix": sklearn.metrics.confusion_matrix(actual, predicted, labels=range(kinds)).tolist(),
               "accuracy": sklearn.metrics.accuracy_score(actual, predicted), "matthews": sklearn.metrics.matthews_corrcoef(actual, predicted),
               "each": [list(map(float, v)) for v in sklearn.metrics.precision_recall_fscore_support(actual, predicted, labels=range(kinds), zero_division=0)]}
        for average in ["macro", "micro", "weighted"]:
            row[average] = list(sklearn.metrics.precision_recall_fscore_support(actual, predicted, average=average, zero_division=0)[:3])
        cases.append(row)
    return cases


def groups():
    cases = []
    for size, ones, others in [(30, 3, 3), (40, 5, 2), (12, 12, 4), (10, 1, 3), (8, 1, 1), (6, 6, 6)]:
        first = [i % ones if ones == size else draw.randrange(ones) for i in range(size)]
        second = [(f * 7 + 3) % others if draw.random() < 0.7 else draw.randrange(others) for f in first]
        cases.append({"first": first, "second": second, "nmi": sklearn.metrics.normalized_mutual_info_score(first, second), "ari": sklearn.metrics.adjusted_rand_score(first, second)})
    return cases


def numbers():
    cases = []
    for size, scale, ties in [(40, 1.0, False), (25, 1000.0, True), (3, 1e-3, False), (50, 1.0, True)]:
        first = [draw.gauss(0, scale) for _ in range(size)]
        if ties:
            first = [float(round(5 * f / scale)) for f in first]
        second = [round(0.6 * f + draw.gauss(0, scale), 1 if ties else 6) for f in first]
        cases.append({"first": first, "second": second, "pearson": scipy.stats.pearsonr(first, second)[0], "spearman": scipy.stats.spearmanr(first, second)[0], "ranks": scipy.stats.rankdata(second).tolist(),
                      "rmse": math.sqrt(sklearn.metrics.mean_squared_error(first, second)), "mae": sklearn.metrics.mean_absolute_error(first, second), "r2": sklearn.metrics.r2_score(first, second)})
    cases.append({"first": [2.0, 2.0], "second": [1.0, 3.0], "rmse": 1.0, "mae": 1.0, "r2": sklearn.metrics.r2_score([2, 2], [1, 3])})
    cases.append({"first": [2.0, 2.0], "second": [2.0, 2.0], "rmse": 0.0, "mae": 0.0, "r2": sklearn.metrics.r2_score([2, 2], [2, 2])})
    return cases


def write(name, value):
    def tidy(v):
        if isinstance(v, float):
            return float(repr(v)) if math.isfinite(v) else None
        if isinstance(v, numpy.generic):
            return tidy(v.item())
        if isinstance(v, dict):
            return {k: tidy(x) for k, x in v.items() if x is not None}
        return [tidy(x) for x in v] if isinstance(v, (list, tuple)) else v

    arguments.output.mkdir(parents=True, exist_ok=True)
    body = ",\n".join(f"{json.dumps(k)}: [\n" + ",\n".join(json.dumps(tidy(row), ensure_ascii=False) for row in rows) + "\n]" for k, rows in value.items())
    (arguments.output / name).write_text("{\n" + body + "\n}\n")


pairs = [json.loads(line) for line in open(arguments.pairs, encoding="utf-8")]
chosen = sorted(pairs, key=lambda p: -len(p["en"]))[:6] + draw.sample(pairs, arguments.count - 6)
english, chinese = [p["en"] for p in chosen], [p["zh"] for p in chosen]
odd = odd_texts(60)
signs = ["He paid $1,234.56 - no, \u20ac9.99! - for 3-4 \"books\" & a (big) map.", "Stra\u00dfe Nr. 5, \u00d6l/Gas: 20% teurer; siehe S. 3-7.", "Tom&amp;Jerry said: &quot;x &lt; y&gt;&quot;.", "A.B.C. ...wait, e.g. 10.000,5 km/h?!", "&lt;skipped>x <skipped> re-\nturn"]
write("written.json", {
    "translations": [
        translations("english", english, str.split, " ", 0), translations("chinese", chinese, list, "", 0), translations("several", english[:12], str.split, " ", 2),
        translations("varying", chinese[:12], list, "", [0, 1, 2]), case("signs", [s.replace("9", "8").replace("(big)", "big") for s in signs], [[s, s.lower()] for s in signs]),
        case("nothing", ["x"], [["a b c"]]), case("short", ["a b"], [["a b"]])],
    "tokens": [{"text": t, **{name: _get_tokenizer(name)()(t.rstrip()).split() for name in ["13a", "zh", "char", "none"]}} for t in odd + signs],
})
paragraphs = [p for line in open(arguments.book, encoding="utf-8") for p in json.loads(line)["text"].split("\n") if 200 < len(p) < 420 and '"' not in p]
summaries = []
for paragraph in draw.sample(paragraphs, 12):
    sentences = re.split(r"(?<=[.!?;]) ", paragraph)
    words = [w for s in sentences for w in s.split()]
    changed = [" ".join(disturb(s.split(), words)) for s in draw.sample(sentences, max(1, len(sentences) - 1))]
    summaries.append(("\n".join(changed), "\n".join(sentences)))
mixed = [("\u5317\u4eac 2008\u5e74\u5965\u8fd0\u4f1a Tom\u3002", "2008 \u5e74\u5317\u4eac\u7684\u5965\u8fd0\u4f1a, tom's"), ("", "x"), ("a", ""), ("\n\n", "\n"), ("The the THE", "the cat"), ("na\u00efve caf\u00e9s 3rd", "naive cafe 3rd")]
vowels, endings = ["a", "ee", "io", "y", "ou"], ["", "s", "es", "sses", "ies", "ied", "eed", "ed", "ing", "y", "ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli", "eli", "ousli", "ization", "ation", "ator", "alism", "iveness", "fulness",
                                                "ousness", "aliti", "iviti", "biliti", "fulli", "logi", "icate", "ative", "alize", "iciti", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "ll", "lled", "tting", "atoed"]
made = ["".join(draw.choice(["t", "st", "b", "l", "w", "y", "r"]) + draw.choice(vowels) for _ in range(draw.randrange(3))) + draw.choice(["t", "d", "l", "x", "tt", "zz", ""]) + e for e in endings for _ in range(4)]
real = sorted({w for p in paragraphs[:300] for w in re.findall("[a-z]{3,}", p.lower())})
words = sorted(set(draw.sample(real, 300) + made + ["sky", "skies", "dying", "news", "innings", "proceed", "exceed", "oed", "a", "by", "yyy", "sayings", "generously", "relational", "hopping", "falling", "controll"]) - {""})
write("summaries.json", {"rouge": rouge(summaries + mixed + list(zip(chinese[:6], chinese[6:12])) + [("".join(disturb(c, list(c))), c) for c in chinese[:6]]), "stems": [[w, porter.PorterStemmer().stem(w)] for w in words]})
write("numbers.json", {"answers": answers(), "classes": classes(), "groups": groups(), "numbers": numbers()})
