"""The words of those devices of the plant that say what they are, by name and unit id."""

from __future__ import annotations

from typing import Final

from tui.demo.identity import Words, sunspec

PLC: Final = {
    "VendorName": "Schneider Electric",
    "ProductCode": "TM241CE40R",
    "MajorMinorRevision": "5.1.9.34",
    "ProductName": "Modicon M241",
    "ModelName": "TM241CE40R",
}
"""Of the one device that pymodbus lets speak for itself."""

METER: Final = {
    0: 2304, 1: 0, 2: 2311, 3: 0, 11: 1651, 40: 18_350, 41: 0, 51: 500,
    52: 1_234_567 & 0xFFFF, 53: 1_234_567 >> 16,
    **{20480 + at: int.from_bytes(b"BW2140017003X\0"[2 * at : 2 * at + 2], "big") for at in range(7)},
}  # fmt: skip
"""Of the meter behind the gateway: voltage, model, power, frequency, energy and serial number."""

WORDS: Final[dict[str, dict[int, Words]]] = {
    "feeder-meter": {
        1: Words({0: b"Schneider Electric", 1: b"METSEEM3555", 2: b"001.004.009", 4: b"EM3000", 5: b"EM3555"})
    },
    # Padded, and not UTF-8: as some devices are.
    "lab-analyser": {
        1: Words(
            {0: b"M\xfcller Messtechnik\0\0\0\0", 1: b"GA-300 0-25% O\xb2  ", 2: b"V1.07"}, b"GA-300 \xb0C"
        )
    },
    "gw-yard": {
        1: Words({0: b"Carlo Gavazzi", 1: b"EM24DINAV93XE1X", 2: b"A.3"}, registers=METER),
        3: Words(server_id=b"Vacon 100 yard pump"),
    },
    "hall-inverter": {
        1: Words(
            registers=sunspec(
                # The common model: manufacturer, model, options, version, serial number, unit id.
                [
                    ("Fronius", 16),
                    ("Symo GEN24 10.0", 16),
                    ("", 8),
                    ("1.28.7-1", 8),
                    ("33412077", 16),
                    ("", 1),
                ],
                {103: 50, 120: 26, 122: 44},
            )
        ),
        200: Words(
            registers=sunspec(
                [("Fronius", 16), ("Smart Meter TS 65A-3", 16), ("", 8), ("1.3", 8), ("2145", 16), ("", 1)],
                {203: 105},
            )
        ),
    },
}
