"""Every setting of every peer, with its reason; the programs read them from here and the report prints them.

All peers get the same text (the title, a line break, the body), one thread and one processor. Settings follow each
project's own advice for text, or its defaults where it gives none; where several were tried the most accurate on the
news set's test part was taken, which favours the peer. None sees a test document while it trains.
"""

#: Words as maximal runs of letters, digits and underscores. scikit-learn's default pattern drops words of one letter,
#: which Vietnamese has ("ở", "y", "ô").
WORDS = r"(?u)\b\w+\b"

#: scikit-learn's tf-idf. `min_df=2` drops what occurs in one document only; nhan does the same. Long Vietnamese articles:
#: words and pairs of words, because a word is one to four syllables written apart, and dampened counts, the
#: documentation's advice for text. Short English telegrams with rare labels: words alone and plain counts, which gain
#: 0.03 of micro-F1 and 0.17 of macro-F1 over the other.
TFIDF = {
    "single-label": {"ngram_range": (1, 2), "min_df": 2, "sublinear_tf": True, "token_pattern": WORDS},
    "multi-label": {"ngram_range": (1, 1), "min_df": 2, "token_pattern": WORDS},
}

#: The default C=1 (squared hinge, dual coordinate descent, one against the rest); for labels of few documents C=10.
LINEAR_SVC = {"single-label": {"C": 1.0}, "multi-label": {"C": 10.0}}

#: tf-idf rows have length one, and the default C=1 underfits them: more, and much more for labels of few documents.
#: L-BFGS and its tolerance are defaults; 300 iterations in place of 100 so that it converges.
LOGISTIC_REGRESSION = {
    "single-label": {"C": 10.0, "max_iter": 300},
    "multi-label": {"C": 1000.0, "max_iter": 300},
}

#: On the tf-idf rows above, for LIBLINEAR reads features, not text. One label a document: Crammer and Singer's
#: multi-class machine (-s 4), the most accurate of its solvers here. Several: the dual of the squared hinge (-s 1) for
#: each label, C as above. -B 1 adds the bias that tf-idf rows lack.
LIBLINEAR = {"single-label": "-s 4 -c 1 -B 1 -q", "multi-label": "-s 1 -c 10 -B 1 -q"}

#: Words and pairs, 200,000 features in place of the default 20,000, and what occurs once dropped: more accurate than the
#: defaults, and faster to train. Its text classifier gives one label a document.
UNDERTHESEA = {"max_features": 200_000, "ngram_range": (1, 2), "min_df": 2, "c": 1.0}

#: The text-classification tutorial's way: lower case, punctuation set apart, 25 epochs, a learning rate of 0.5 (1.0 loses
#: ten points on long articles). Pairs of words help the articles and hurt the telegrams. One against all for several labels.
FASTTEXT = {
    "single-label": {"lr": 0.5, "epoch": 25, "wordNgrams": 2, "dim": 50, "loss": "softmax", "thread": 1, "verbose": 0},
    "multi-label": {"lr": 0.5, "epoch": 25, "wordNgrams": 1, "dim": 100, "loss": "ova", "thread": 1, "verbose": 0},
}

#: One against all with the logistic loss, 2^22 weights so that few features share one, several passes over a cache. Each
#: word's value is one by the root of the document's sum of squared counts: without that long articles drown short ones
#: and accuracy falls by six points. Pairs of words for the articles only, as above.
VOWPAL_WABBIT = {
    "single-label": "--oaa {labels} --loss_function logistic --ngram 2 -b 22 --passes 5 --holdout_off",
    "multi-label": "--multilabel_oaa {labels} --loss_function logistic -b 22 --passes 20 --holdout_off",
}

#: A document gets a label where the margin is above zero or the probability above this: nobody's thresholds are tuned
#: but nhan's, which tunes its own on its training documents as part of training.
PROBABILITY = 0.5

#: Documents classified at once by the programs that stream.
BATCH = 1_000
