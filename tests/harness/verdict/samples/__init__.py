"""A finding or more of every kind, as kind, numbers and details: a file a section of its words."""

from . import cautions, how_sure, nearest, question, reversal, uniform_state, zero_field

SAMPLES = tuple(
    sample
    for section in (question, nearest, uniform_state, reversal, zero_field, how_sure, cautions)
    for sample in section.SAMPLES
)
