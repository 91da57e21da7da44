"""Which way to fit: three methods on made-up population problems, at the same number of evaluations.

`vagus calibrate` takes the steps of the winner (`search`); docs/calibration.md has the result of `contest(170)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from .search import FREEDOM, Array, Evaluate, Target, jacobian_at, step_from

SEED = 1  # of the two methods that draw
ROUNDS = 4  # in which the ensemble smoother takes the numbers in
NUMBERS, PARAMETERS = 150, 26  # of a made-up problem: about those of the first calibration


@dataclass
class Search:
    """How a search went.

    Attributes:
        x: the best vector.
        predicted: what it predicts.
        loss: of the best vector, after each round.
        jacobian: (numbers, parameters) last derivative; None where the method has none.
        evaluations: how often the problem was evaluated.
    """

    x: Array
    predicted: Array
    loss: list[float] = field(default_factory=list)
    jacobian: Array | None = None
    evaluations: int = 0


def gauss_newton(evaluate: Evaluate, target: Target, x: Array, budget: int) -> Search:
    """Regularised Gauss-Newton with large finite differences and a search along each step."""
    found = Search(x.copy(), evaluate([x])[0], evaluations=1)
    best = target.loss(found.predicted, x)
    while found.evaluations + x.size + 1 <= budget:
        found.jacobian = jacobian_at(evaluate, found.x, found.predicted)
        found.evaluations += x.size
        goal = step_from(target, found.x, found.predicted, found.jacobian)
        better = False
        for part in (1.0, 0.5, 0.2):
            if found.evaluations >= budget:
                break
            tried = found.x + part * (goal - found.x)
            predicted = evaluate([tried])[0]
            found.evaluations += 1
            if target.loss(predicted, tried) < best - 1e-9:
                found.x, found.predicted, best, better = tried, predicted, target.loss(predicted, tried), True
                break
        found.loss.append(best)
        if not better:
            break
    return found


def ensemble_kalman(evaluate: Evaluate, target: Target, x: Array, budget: int) -> Search:
    """Ensemble smoother with multiple data assimilation; gains of chance correlations are cut (localisation).

    Source: Emerick and Reynolds 2013, Computers and Geosciences 55:3-15.
    """
    random = np.random.default_rng(SEED)
    members = (budget - 1) // ROUNDS
    ensemble = x + random.standard_normal((members, x.size))
    count = 0
    for _ in range(ROUNDS):
        predicted = np.array(evaluate(list(ensemble)))
        count += members
        predicted = np.where(np.isfinite(predicted), predicted, target.numbers)
        z = np.median((predicted - target.numbers) / target.sd, axis=0)
        sd = target.sd / np.sqrt(target.weight * (FREEDOM + 1) / (FREEDOM + z**2))
        dx, dy = ensemble - ensemble.mean(axis=0), predicted - predicted.mean(axis=0)
        cross = dx.T @ dy / (members - 1)
        size = np.sqrt(np.outer((dx**2).mean(axis=0), (dy**2).mean(axis=0))) + 1e-12
        cross = np.where(np.abs(cross / size) > 2.0 / np.sqrt(members), cross, 0.0)
        inner = dy.T @ dy / (members - 1) + ROUNDS * np.diag(sd**2)
        noise = np.sqrt(ROUNDS) * sd * random.standard_normal(predicted.shape)
        ensemble = ensemble + (cross @ np.linalg.solve(inner, (target.numbers + noise - predicted).T)).T
    middle = ensemble.mean(axis=0)
    final = evaluate([middle])[0]
    return Search(middle, final, [target.loss(final, middle)], None, count + 1)


def covariance_adaptation(evaluate: Evaluate, target: Target, x: Array, budget: int) -> Search:
    """CMA-ES with rank-one and rank-mu updates and the usual constants (Hansen 2016, arXiv 1604.00772)."""
    random, n = np.random.default_rng(SEED), x.size
    size = 4 + int(3 * np.log(n))
    best_few = size // 2
    weights = np.log(best_few + 0.5) - np.log(np.arange(1, best_few + 1))
    weights /= weights.sum()
    mu = 1.0 / float(weights @ weights)
    c_path, c_sigma = 4.0 / (n + 4.0), (mu + 2.0) / (n + mu + 5.0)
    c_one = 2.0 / ((n + 1.3) ** 2 + mu)
    c_mu = min(1 - c_one, 2 * (mu - 2 + 1 / mu) / ((n + 2) ** 2 + mu))
    damping = 1 + 2 * max(0.0, np.sqrt((mu - 1) / (n + 1)) - 1) + c_sigma
    length = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
    middle, sigma, covariance = x.copy(), 0.5, np.eye(n)
    path, path_sigma = np.zeros(n), np.zeros(n)
    found = Search(x.copy(), evaluate([x])[0], evaluations=1)
    best = target.loss(found.predicted, x)
    while found.evaluations + size <= budget:
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 1e-12))
        steps = random.standard_normal((size, n)) @ root.T
        losses = []
        vectors_tried = [middle + sigma * step for step in steps]
        for tried, predicted in zip(vectors_tried, evaluate(vectors_tried), strict=True):
            losses.append(target.loss(predicted, tried))
            if losses[-1] < best:
                found.x, found.predicted, best = tried, predicted, losses[-1]
        found.evaluations += size
        chosen = steps[np.argsort(losses)[:best_few]]
        move = weights @ chosen
        middle = middle + sigma * move
        back = vectors @ ((vectors.T @ move) / np.sqrt(np.maximum(values, 1e-12)))
        path_sigma = (1 - c_sigma) * path_sigma + np.sqrt(c_sigma * (2 - c_sigma) * mu) * back
        path = (1 - c_path) * path + np.sqrt(c_path * (2 - c_path) * mu) * move
        covariance = (1 - c_one - c_mu) * covariance + c_one * np.outer(path, path)
        covariance += c_mu * (chosen.T * weights) @ chosen
        sigma *= np.exp((c_sigma / damping) * (np.linalg.norm(path_sigma) / length - 1))
        found.loss.append(best)
    return found


def made_up_problem(seed: int) -> tuple[Evaluate, Target, Array]:
    """A problem like a calibration: saturating answers, each of a few parameters, in steps of one person of 200.

    Returns what evaluates it, what is to be met, and the x that made it.
    """
    random = np.random.default_rng(seed)
    shape = (NUMBERS, PARAMETERS)
    slopes = random.standard_normal(shape) * (random.uniform(size=shape) < 0.2)
    shift, bend = random.standard_normal(NUMBERS), 0.3 * random.standard_normal(shape)
    truth = random.standard_normal(PARAMETERS)

    def evaluate(many: Sequence[Array]) -> list[Array]:
        inside = [shift + slopes @ x + 0.2 * (slopes * bend) @ (x**2) for x in many]
        return [np.round(200.0 * expit(one)) / 200.0 for one in inside]

    sd = random.uniform(0.05, 0.12, NUMBERS)
    seen = evaluate([truth])[0] + sd * random.standard_t(FREEDOM, NUMBERS)
    return evaluate, Target(seen, sd, np.ones(NUMBERS)), truth


def contest(budget: int = 170, seeds: int = 10) -> dict[str, float]:
    """Mean loss of each method over made-up problems at the same number of evaluations; `truth` is that of the x that
    made them, `start` that of the expectation."""
    total = dict.fromkeys(("start", "truth", "gauss_newton", "ensemble_kalman", "covariance_adaptation"), 0.0)
    for seed in range(seeds):
        evaluate, target, truth = made_up_problem(seed)
        start = np.zeros(truth.size)
        total["start"] += target.loss(evaluate([start])[0], start)
        total["truth"] += target.loss(evaluate([truth])[0], truth)
        for method in (gauss_newton, ensemble_kalman, covariance_adaptation):
            found = method(evaluate, target, start, budget)
            total[method.__name__] += target.loss(evaluate([found.x])[0], found.x)
    return {name: value / seeds for name, value in total.items()}
