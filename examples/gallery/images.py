"""Draws the image files of the gallery: matplotlib and Pillow, fixed seeds, both sides.

    python examples/gallery/images.py

writes `examples/gallery/{base,head}/data/`: a ROC curve (PNG), an importance chart (SVG) and a folder of digits.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageFilter

HERE = Path(__file__).parent
FEATURES = ["age", "income", "tenure", "visits", "clicks", "region", "device", "hour"]
# A dot of each pixel of a 5×7 typeface.
GLYPHS = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    3: "11111 00010 00100 00010 00001 10001 01110",
    5: "11111 10000 11110 00001 00001 10001 01110",
    8: "01110 10001 10001 01110 10001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}


def roc(path, power):
    x = np.linspace(0, 1, 80)
    figure, axes = plt.subplots(figsize=(4.8, 3.6), dpi=100)
    axes.plot(x, x**power, label=f"AUC = {1 / (1 + power):.2f}")
    axes.plot([0, 1], [0, 1], "--", color="gray", linewidth=1)
    axes.set(xlabel="False positive rate", ylabel="True positive rate", title="ROC curve")
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def importance(path, shift):
    lengths = np.array([0.31, 0.22, 0.17, 0.12, 0.08, 0.05, 0.03, 0.02])
    lengths = np.roll(lengths, shift) if shift else lengths
    figure, axes = plt.subplots(figsize=(7.2, 2.2))
    axes.bar(FEATURES, lengths, color="#4c72b0")
    axes.set(ylabel="importance")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def digit(path, number, sharp):
    rows = GLYPHS[number].split()
    pixels = np.array([[255 * int(dot) for dot in row] for row in rows], dtype=np.uint8)
    picture = Image.new("L", (28, 28))
    picture.paste(Image.fromarray(pixels).resize((15, 21), Image.NEAREST), (6, 3))
    picture.filter(ImageFilter.GaussianBlur(0.6 if sharp else 1.6)).save(path)


def main():
    plt.rcParams["svg.hashsalt"] = "gallery"
    plt.rcParams["svg.fonttype"] = "none"
    for side, power, shift in [("base", 0.38, 0), ("head", 0.22, 1)]:
        data = HERE / side / "data"
        (data / "digits").mkdir(parents=True, exist_ok=True)
        roc(data / "roc.png", power)
        importance(data / "features.svg", shift)
        for number in GLYPHS:
            digit(data / "digits" / f"{number}.png", number, side == "head" or number == 8)


main()
