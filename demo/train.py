"""Trains a small network on scikit-learn's handwritten digits and writes down how it went.

Reads params.yaml in the current folder; writes metrics.json, loss.csv, accuracy.csv and confusion.csv beside it.
Everything is seeded, so the same params and the same scikit-learn give the same files. To make this folder's data anew:

    pip install -r requirements.txt
    (cd base && python ../train.py) && (cd head && python ../train.py)
"""

import csv
import json

import numpy as np
import yaml
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler


def load(params):
    """The digits, scaled by what the training part shows, as (train, test)."""
    digits = load_digits()
    pixels, test_pixels, labels, test_labels = train_test_split(
        digits.data,
        digits.target,
        test_size=params["data"]["test_share"],
        random_state=params["seed"],
        stratify=digits.target,
    )
    scaler = StandardScaler().fit(pixels)
    return (scaler.transform(pixels), labels), (scaler.transform(test_pixels), test_labels)


def train(params, training, test):
    """One pass over the data an epoch; answers the model and the curves."""
    model = MLPClassifier(
        hidden_layer_sizes=(params["model"]["hidden_units"],),
        activation=params["model"]["activation"],
        solver="adam",
        alpha=params["train"]["l2"],
        learning_rate_init=params["train"]["learning_rate"],
        batch_size=params["train"]["batch_size"],
        random_state=params["seed"],
    )
    classes = np.unique(training[1])
    losses, accuracies = [], []
    for epoch in range(1, params["train"]["epochs"] + 1):
        model.partial_fit(*training, classes=classes)
        guesses = [model.predict_proba(pixels) for pixels, _ in (training, test)]
        truths = [training[1], test[1]]
        losses.append([epoch, *(log_loss(truth, guess) for truth, guess in zip(truths, guesses))])
        accuracies.append([epoch, *(accuracy_score(truth, guess.argmax(axis=1)) for truth, guess in zip(truths, guesses))])
    return model, losses, accuracies


def calibration_error(truth, guess, bins=10):
    """How far the model's confidence is from its hit rate, averaged over bins of confidence."""
    confidence, hit = guess.max(axis=1), guess.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        abs(confidence[bin_of == b].mean() - hit[bin_of == b].mean()) * (bin_of == b).mean()
        for b in range(bins)
        if (bin_of == b).any()
    )


def measure(model, training, test):
    pixels, truth = test
    guess = model.predict_proba(pixels)
    predicted = guess.argmax(axis=1)
    metrics = {
        "accuracy": accuracy_score(truth, predicted),
        "f1": f1_score(truth, predicted, average="macro"),
        "precision": precision_score(truth, predicted, average="macro"),
        "recall": recall_score(truth, predicted, average="macro"),
        "log_loss": log_loss(truth, guess),
        "calibration_error": calibration_error(truth, guess),
        "train": {
            "accuracy": accuracy_score(training[1], model.predict(training[0])),
            "log_loss": log_loss(training[1], model.predict_proba(training[0])),
        },
    }
    sizes = {
        "weights": int(sum(layer.size for layer in [*model.coefs_, *model.intercepts_])),
        "samples": {"train": len(training[1]), "test": len(truth)},
    }
    return {**rounded(metrics), **sizes}, zip(truth, predicted)


def rounded(value):
    """Six digits after the point: the rest differs from machine to machine."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(float(value), 6)


def write_csv(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    with open("params.yaml") as file:
        params = yaml.safe_load(file)
    training, test = load(params)
    model, losses, accuracies = train(params, training, test)
    metrics, predictions = measure(model, training, test)

    with open("metrics.json", "w") as file:
        json.dump(metrics, file, indent=2)
        file.write("\n")
    curves = {"loss": losses, "accuracy": accuracies}
    for name, rows in curves.items():
        rows = [[epoch, *map(rounded, values)] for epoch, *values in rows]
        write_csv(f"{name}.csv", ["epoch", f"train_{name}", f"val_{name}"], rows)
    write_csv("confusion.csv", ["actual", "predicted"], predictions)


if __name__ == "__main__":
    main()
