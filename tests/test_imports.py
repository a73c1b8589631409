"""What may be missing: each layer is imported in a process where the packages it must not need do not exist."""

import pkgutil
import subprocess
import sys

import pytest

import tpd
import tpd.runtime

TRAINING = ["torch", "onnx", "onnxscript", "scipy", "soxr", "matplotlib", "pocketsphinx"]
"""What whoever only speaks does not install."""
BACKENDS = ["onnxruntime", "tensorrt"]
MODULES = [module.name for module in pkgutil.walk_packages(tpd.runtime.__path__, "tpd.runtime.")]
RUNTIME = ["tpd.errors", "tpd.files", "tpd.runtime", *MODULES]


def import_without(module: str, missing: list[str]) -> set[str]:
    """Import a module where `missing` cannot be imported; returns the top-level packages that were loaded."""
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({missing!r}))\n"
        "before = set(sys.modules)\n"
        f"import {module}\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("module", RUNTIME)
def test_speaking_needs_no_training_package_and_no_command_line(module: str) -> None:
    import_without(module, [*TRAINING, "typer", "click", "rich"])


@pytest.mark.parametrize("module", RUNTIME)
def test_a_backend_is_loaded_only_when_an_engine_is(module: str) -> None:
    import_without(module, BACKENDS)


@pytest.mark.parametrize("module", ["tpd", "tpd.errors", "tpd.files"])
def test_what_all_layers_share_is_standard_library_only(module: str) -> None:
    foreign = import_without(module, []) - set(sys.stdlib_module_names) - {"tpd"}
    assert not foreign


def test_the_command_line_starts_with_typer_alone() -> None:
    loaded = import_without("tpd.cli.main", [*TRAINING, *BACKENDS])
    assert not loaded & {"numpy", "tokenizers", "safetensors", "inflect"}, "these cost the start-up of tpd --help"
