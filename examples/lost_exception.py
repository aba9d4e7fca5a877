"""An exception leaves the worker and cannot be built again where it arrives.

Plain Python waits for ever: unpickling calls BadReadingError("...") without the sensor, that raises
in the thread that reads the results, and from then on nobody reads them.
"""

import multiprocessing


class BadReadingError(Exception):
    """A value that no sensor can read."""

    def __init__(self, sensor, value):
        super().__init__(f"sensor {sensor} reads {value}")
        self.sensor = sensor
        self.value = value


def convert(reading):
    sensor, value = reading
    if value < -273.15:
        raise BadReadingError(sensor, value)
    return value * 9 / 5 + 32


if __name__ == "__main__":
    readings = [(f"s{number % 7}", number / 10) for number in range(200)]
    readings[111] = ("s6", -999.0)
    with multiprocessing.Pool(2) as pool:
        print(f"{max(pool.map(convert, readings)):.1f} degrees at most")

# $ mpdiag run examples/lost_exception.py
# mpdiag: 1 of 200 tasks failed (run 046z, 0.8 s)
#
# 1  BadReadingError: sensor s6 reads -999.0                              1 task
#    where     convert(reading), examples/lost_exception.py:22
#                22    raise BadReadingError(sensor, value)
#    input     reading = ('s6', -999.0)
#    locals    sensor = 's6'
#              value = -999.0
#    first     14:57:59, task 111 (from 0) of Pool.map, worker 1 (pid 14296)
#    outcome   Pool.map raised this BadReadingError; nothing caught it
#              (exit code 1)
#    changed   13 tasks ran that plain Python skips after a failure in
#              their chunk (--no-keep-going leaves them out)
#    again     mpdiag replay 046z.1
#    more      mpdiag show 046z.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
