"""An example or two of every command, as its help and `docs/commands.md` show them.

In: a command's name. Out: lines to type.
"""

EXAMPLES = {
    "new": "mxval new my_study",
    "run": """
        mxval run demo
        mxval run my_study.toml --engine mumax3 --gpus all
    """,
    "plan": "mxval plan my_study.toml --gpus all",
    "status": "mxval status my_study.toml",
    "render": "mxval render fe_sphere_40nm -o scripts",
    "report": "mxval report my_study.toml",
    "rerun": "mxval rerun mumax_runs/demo/RUN -o again",
    "fit": """
        mxval fit m000042.ovf --radius-nm 20
        mxval fit mumax_runs/demo/RUN/out/m_step000080.ovf --residual left.png
    """,
    "certify": """
        mxval certify mumax_runs/demo/RUN
        mxval certify m000042.ovf --script my_loop.mx3 --out modes
    """,
    "mx3": """
        mxval mx3 my_script.mx3 --vet
        mxval mx3 my_script.mx3 -o out --certify
    """,
    "work": "mxval work mumax_runs/demo/RUN1 mumax_runs/demo/RUN2 --cpus 2",
    "export-jobs": "mxval export-jobs my_study.toml --engine mumax3",
    "bundle": "mxval bundle my_study.toml -o study.zip",
    "verify": "mxval verify study.zip",
    "prune": """
        mxval prune my_study.toml
        mxval prune my_study.toml --remove
    """,
    "import": """
        mxval import my_loop.out
        mxval import table.txt --radius-nm 20 --material iron --cell-nm 2
    """,
    "compare": "mxval compare mumax_runs/demo/RUN my_loop.out --out page",
    "export": """
        mxval export mumax_runs/demo/RUN --to csv,vtk
        mxval export my_study.toml --to netcdf --fields-T 0.1,0
    """,
    "budget": """
        mxval budget demo
        mxval budget demo --observable nu --out budget
    """,
    "continuum": """
        mxval continuum --radius-nm 20 --material iron --fields-T 0.5,0.3
        mxval continuum --loop --max-T 0.8 --json
    """,
    "branches": "mxval branches --material permalloy --radius-nm 25 --out branches",
    "ansatz": """
        mxval ansatz --fields-T 0.3,0.1
        mxval ansatz --ladder --out ladder
    """,
    "advise": "mxval advise --radius-nm 20 --material iron --error 0.01",
    "loop": """
        mxval loop --radius-nm 20 --material iron --model Hp
        mxval loop --radius-nm 30 --material cobalt --max-T 1.5 --json
    """,
    "materials": "mxval materials",
    "sizes": """
        mxval sizes --material cobalt
        mxval sizes --Ms 8e5 --A 1.3e-11 --Ku 5e2 --out sizes
    """,
    "average": "mxval average --radius-nm 20 --orientations 128",
    "sweep": "mxval sweep --material iron --from-nm 8 --to-nm 20 --out sweep",
    "phases": "mxval phases --material iron --model Hp --out phases",
    "reproduce": """
        mxval reproduce --all
        mxval reproduce --out published
    """,
    "figure": """
        mxval figure 2
        mxval figure 4a --study fe_sphere_40nm -o figures
    """,
    "show": "mxval show mumax_runs/demo/RUN/out/m_step000080.ovf",
    "animate": "mxval animate mumax_runs/demo/RUN --format gif",
    "doctor": "mxval doctor",
    "gpu-check": "mxval gpu-check --gpus 0 --runs my_record",
}
"""By command, a line an example."""


def examples(command: str) -> tuple[str, ...]:
    """The examples of a command; none if it has none.

    Examples
    --------
    >>> examples("doctor")
    ('mxval doctor',)
    """
    return tuple(line.strip() for line in EXAMPLES.get(command, "").strip().splitlines())


def epilog(command: str) -> str | None:
    """What stands below the options in a command's help."""
    lines = examples(command)
    return "\n".join((f"Example{'s' * (len(lines) > 1)}:", *lines)) if lines else None
