"""tpd: TorToiSe text-to-speech made fast by distilling its diffusion decoder."""

__version__ = "0.1.0"
