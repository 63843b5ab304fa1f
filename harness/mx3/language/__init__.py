"""MuMax3's script language: from text to statements that can be run."""
