"""Whom to believe: findings computed from a comparison, as data first and in words last."""

from harness.verdict.finding import Finding, Kind, Level, Part, RunRows
from harness.verdict.head import ParticleAnswer
from harness.verdict.lamps import Lamp, Light
from harness.verdict.states import closest_model
from harness.verdict.verdict import Verdict, judge

__all__ = [
    "Finding",
    "Kind",
    "Lamp",
    "Level",
    "Light",
    "Part",
    "ParticleAnswer",
    "RunRows",
    "Verdict",
    "closest_model",
    "judge",
]
