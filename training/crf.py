"""A linear-chain conditional random field, trained by stochastic gradients (AdaGrad).

Numba compiles it: a pass over ten thousand sentences takes a second or two. The order of the
sentences, and what is dropped, come from a seed: the same data give the same weights.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]


class Settings(NamedTuple):
    """How the field is trained."""

    passes: int = 14
    averaged: int = 7
    """The weights are the mean of those after so many of the last passes."""
    rate: float = 0.05
    l2: float = 0.5
    dropped: float = 0.6
    """The share of its features that a character does without, other ones each time: no weight can
    then rely on the others, and one that is seldom seen counts for less."""
    seed: int = 7


class Examples(NamedTuple):
    """Tagged sentences, one after the other."""

    rows: Numbers
    """The features of each character by number, 0 for none: (characters, features)."""
    tags: Numbers
    """The tag of each character."""
    starts: Numbers
    """Where each sentence starts, and at the end where the last one ends."""


class _State(NamedTuple):
    weights: Floats
    """(features, tags)"""
    squares: Floats
    """Of all slopes of the weights so far: the more, the smaller the next step."""
    moves: Floats
    """The weights of transitions, (from, to)."""
    move_squares: Floats
    decay: Floats
    """Of the weights of each feature, by L2, whenever it is seen."""


def train(examples: Examples, allowed: Flags, settings: Settings) -> tuple[Floats, Floats]:
    """Return the weights of features, (features, tags), and of transitions, (from, to).

    `allowed` tells which transitions there may be; tag 0 stands before and after each sentence.
    """
    seen = np.bincount(examples.rows.ravel())
    shape = len(seen), len(allowed)
    state = _State(
        np.zeros(shape, np.float32),
        np.full(shape, 0.01, np.float32),
        np.zeros(allowed.shape, np.float32),
        np.ones(allowed.shape, np.float32),
        (settings.l2 / np.maximum(1, seen)).astype(np.float32),
    )
    weights, moves = np.zeros_like(state.weights), np.zeros_like(state.moves)
    _seed(settings.seed)
    random = np.random.default_rng(settings.seed)
    for number in range(settings.passes):
        order = random.permutation(len(examples.starts) - 1)
        _pass(examples, order, state, allowed, settings)
        if number >= settings.passes - settings.averaged:
            weights += state.weights / np.float32(settings.averaged)
            moves += state.moves / np.float32(settings.averaged)
    return weights, moves


@njit(fastmath=True)
def _seed(seed: int) -> None:
    np.random.seed(seed)  # Numba's own generator


@njit(fastmath=True)
def _pass(
    examples: Examples, order: Numbers, state: _State, allowed: Flags, settings: Settings
) -> None:
    """Learn from each sentence, in `order`."""
    for sentence in order:
        start, end = examples.starts[sentence], examples.starts[sentence + 1]
        rows = _drop(examples.rows[start:end], settings.dropped)
        tags = examples.tags[start:end]
        potentials = _potentials(rows, state.weights, np.float32(1 / (1 - settings.dropped)))
        steps = np.where(allowed, np.exp(state.moves), np.float32(0))
        expected, expected_moves = _expectations(potentials, steps)
        _learn(rows, tags, expected, state, np.float32(settings.rate))
        _learn_moves(tags, expected_moves, state, allowed, np.float32(settings.rate))


@njit(fastmath=True)
def _drop(rows: Numbers, share: float) -> Numbers:
    """Return `rows` without a share of them."""
    kept = rows.copy()
    for at in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            if np.random.random() < share:
                kept[at, column] = 0
    return kept


@njit(fastmath=True)
def _potentials(rows: Numbers, weights: Floats, scale: np.float32) -> Floats:
    """Return how much speaks for each tag of each character, up to a factor a character."""
    scores = np.zeros((rows.shape[0], weights.shape[1]), np.float32)
    for at in range(rows.shape[0]):
        for row in rows[at]:
            if row:
                for tag in range(weights.shape[1]):
                    scores[at, tag] += weights[row, tag]
        scores[at] *= scale
        scores[at] = np.exp(scores[at] - scores[at].max())
    return scores


@njit(fastmath=True)
def _expectations(potentials: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Return how likely each tag of each character is, and how often each transition is expected
    (forward-backward).
    """
    length, tags = potentials.shape
    forward, backward = np.zeros_like(potentials), np.zeros_like(potentials)
    sums = np.zeros(length, np.float32)
    for at in range(length):
        if at == 0:
            forward[0] = steps[0]
        else:
            for tag in range(tags):
                for following in range(tags):
                    forward[at, following] += forward[at - 1, tag] * steps[tag, following]
        forward[at] *= potentials[at]
        sums[at] = forward[at].sum()
        forward[at] /= sums[at]
    backward[length - 1] = steps[:, 0]
    whole = (forward[length - 1] * backward[length - 1]).sum()
    backward[length - 1] /= whole
    moves = np.zeros_like(steps)
    moves[:, 0] += forward[length - 1] * backward[length - 1]
    for at in range(length - 1, 0, -1):
        ahead = potentials[at] * backward[at] / sums[at]
        for tag in range(tags):
            for following in range(tags):
                told = steps[tag, following] * ahead[following]
                backward[at - 1, tag] += told
                moves[tag, following] += forward[at - 1, tag] * told
    moves[0] += forward[0] * backward[0]
    return forward * backward, moves


@njit(fastmath=True)
def _learn(rows: Numbers, tags: Numbers, expected: Floats, state: _State, rate: np.float32) -> None:
    """Change the weights of the features of a sentence."""
    for at in range(len(tags)):
        slopes = -expected[at]
        slopes[tags[at]] += np.float32(1)
        if slopes[tags[at]] < _SETTLED:
            continue
        for row in rows[at]:
            if row:
                for tag in range(len(slopes)):
                    slope = slopes[tag] - state.decay[row] * state.weights[row, tag]
                    state.squares[row, tag] += slope * slope
                    state.weights[row, tag] += rate * slope / np.sqrt(state.squares[row, tag])


_SETTLED = np.float32(0.002)
"""There is nothing to learn from a character whose tag is as good as certain."""


@njit(fastmath=True)
def _learn_moves(
    tags: Numbers, expected: Floats, state: _State, allowed: Flags, rate: np.float32
) -> None:
    """Change the weights of transitions."""
    slopes = -expected
    before = 0
    for tag in tags:
        slopes[before, tag] += np.float32(1)
        before = tag
    slopes[before, 0] += np.float32(1)
    for tag in range(len(slopes)):
        for following in range(len(slopes)):
            if allowed[tag, following]:
                slope = slopes[tag, following]
                state.move_squares[tag, following] += slope * slope
                step = rate * slope / np.sqrt(state.move_squares[tag, following])
                state.moves[tag, following] += step
