"""How well the bundled voice is understood: Harvard sentences (IEEE 1969), which it never saw, and a recogniser's
errors.

`python -m recipes.hatchling.measure` writes `recipes/hatchling/results/intelligibility.json`.
"""

import argparse
import json
from pathlib import Path

from tpd.evaluate.intelligibility import Recogniser, character_error_rate
from tpd.files import write_atomically
from tpd.runtime.engine import Engine, default_engine
from tpd.runtime.pipeline import speak

HERE = Path(__file__).parent


def main() -> None:
    """Speak, listen, count."""
    parser = argparse.ArgumentParser(prog="python -m recipes.hatchling.measure", description=__doc__)
    parser.add_argument("--engine", type=Path, help="the engine to listen to (default: the bundled one)")
    parser.add_argument("--voice", help="a voice of it (default: its own default)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "intelligibility.json")
    given = parser.parse_args()

    engine, recogniser = Engine(given.engine or default_engine()), Recogniser()
    rows: list[dict[str, object]] = []
    rates: list[float] = []
    for sentence in (HERE / "harvard.txt").read_text().splitlines():
        speech = speak(engine, sentence, voice=given.voice, seed=given.seed)
        heard = recogniser.hear(speech.audio, speech.sample_rate_hz)
        rates.append(character_error_rate(sentence, heard))
        rows.append(
            {
                "said": sentence,
                "heard": heard,
                "character_error_rate": round(rates[-1], 3),
                "audio_s": round(speech.report.audio_s, 2),
                "real_time_factor": round(speech.report.real_time_factor, 3),
                "warnings": speech.report.warnings,
            }
        )
        print(f"{rates[-1]:.2f}  {sentence}  |  {heard}", flush=True)
    mean = sum(rates) / len(rates)
    result = {
        "character_error_rate": round(mean, 4),
        "voice": given.voice or engine.bundle.default_voice,
        "seed": given.seed,
        "steps": len(engine.grid.timesteps),
        "bundle": engine.bundle.manifest.seal,
        "sentences": rows,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(given.out, (json.dumps(result, indent=2) + "\n").encode())
    print(f"mean character error rate {mean:.3f}")


if __name__ == "__main__":
    main()
