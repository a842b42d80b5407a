"""The two public sets as files: what to train on, what to classify, what is right."""
import dataclasses
import json
import os
import shutil


@dataclasses.dataclass
class Set:
    """A prepared set. `everything` holds its test part, then its training part: what is classified for speed."""
    name: str
    task: str
    configuration: str
    train: str = ""
    everything: str = ""
    one: str = ""
    gold: list = dataclasses.field(default_factory=list)
    documents: int = 0

    def open(self, folder, scratch):
        """Finds the set's files, or says that they are not there; makes what is derived from them."""
        self.train = os.path.join(folder, self.name, "train.jsonl")
        test = os.path.join(folder, self.name, "test.jsonl")
        if not (os.path.exists(self.train) and os.path.exists(test)):
            return False
        self.everything = os.path.join(scratch, self.name + ".jsonl")
        self.one = os.path.join(scratch, self.name + ".one.jsonl")
        with open(self.everything, "wb") as target:
            for part in (test, self.train):
                with open(part, "rb") as source:
                    shutil.copyfileobj(source, target)
        with open(test, "rb") as source, open(self.one, "wb") as target:
            target.write(source.readline())
        self.gold = labels(test)
        with open(self.everything, "rb") as source:
            self.documents = sum(1 for _ in source)
        return True


def labels(path, limit=1 << 62):
    """The labels of each record of a file, at most of the first `limit` records."""
    with open(path, "rb") as file:
        return [set(json.loads(line)["labels"]) for line, _ in zip(file, range(limit))]


def sets():
    return [
        Set("news", "single-label", "news-sections.yaml"),
        Set("reuters", "multi-label", "reuters.yaml"),
    ]
