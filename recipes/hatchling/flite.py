"""Speech with word and phone times from flite, through its shared library (Debian package libflite1)."""

import ctypes
from dataclasses import dataclass

import numpy as np

VOICES = ("rms", "slt", "awb", "kal16")
"""The free voices the hatchling learns from: slt is female, the others male."""

_Pointer = ctypes.c_void_p
_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "flite_synth_text": (_Pointer, [ctypes.c_char_p, _Pointer]),
    "delete_utterance": (None, [_Pointer]),
    "utt_relation": (_Pointer, [_Pointer, ctypes.c_char_p]),
    "relation_head": (_Pointer, [_Pointer]),
    "item_next": (_Pointer, [_Pointer]),
    "ffeature_string": (ctypes.c_char_p, [_Pointer, ctypes.c_char_p]),
    "ffeature_float": (ctypes.c_float, [_Pointer, ctypes.c_char_p]),
}


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One phone of an utterance."""

    name: str
    """CMU phone, lower case; `pau` is silence."""
    end_s: float
    """When it ends."""
    word: str
    """The word it belongs to, empty in silence."""


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What flite said."""

    audio: np.ndarray
    """Samples in [-1, 1], float32."""
    sample_rate_hz: int
    phones: list[Phone]


class Flite:
    """One voice of flite in this process."""

    def __init__(self, voice: str) -> None:
        self._library = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        for part in ("usenglish", "cmulex"):
            ctypes.CDLL(f"libflite_{part}.so.1", mode=ctypes.RTLD_GLOBAL)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        self._library.utt_wave.restype = ctypes.POINTER(_Wave)
        self._library.utt_wave.argtypes = [_Pointer]
        self._library.flite_init()
        register = getattr(ctypes.CDLL(f"libflite_cmu_us_{voice}.so.1"), f"register_cmu_us_{voice}")
        register.restype, register.argtypes = _Pointer, [ctypes.c_char_p]
        self._voice = register(None)

    def speak(self, text: str) -> Speech:
        """Say an ASCII text."""
        flite = self._library
        utterance = flite.flite_synth_text(text.encode("ascii"), self._voice)
        try:
            wave = flite.utt_wave(utterance).contents
            samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,))
            audio = samples.astype(np.float32) / 32768
            phones: list[Phone] = []
            item = flite.relation_head(flite.utt_relation(utterance, b"Segment"))
            while item:
                word = flite.ffeature_string(item, b"R:SylStructure.parent.parent.name").decode()
                phones.append(
                    Phone(
                        name=flite.ffeature_string(item, b"name").decode(),
                        end_s=flite.ffeature_float(item, b"end"),
                        word="" if word == "0" else word,
                    )
                )
                item = flite.item_next(item)
            return Speech(audio=audio, sample_rate_hz=wave.sample_rate, phones=phones)
        finally:
            flite.delete_utterance(utterance)
