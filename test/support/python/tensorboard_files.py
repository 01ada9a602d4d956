"""TensorBoard's own reader and writers: {"read": folder} or {"write": folder, "style", "scalars"} a line."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import SCALARS, TENSORS, EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def read(folder):
    accumulator = EventAccumulator(folder, size_guidance={SCALARS: 0, TENSORS: 0})
    accumulator.Reload()
    return {
        # JSON has no NaN.
        tag: [
            [e.step, e.wall_time, e.value if e.value == e.value else None]
            for e in accumulator.Scalars(tag)
        ]
        for tag in accumulator.Tags()["scalars"]
    }


def write(folder, style, scalars):
    writer = EventFileWriter(folder)
    for tag, step, value in scalars:
        entry = summary_pb2.Summary.Value(tag=tag)
        if style == "simple":
            entry.simple_value = value
        else:
            entry.tensor.CopyFrom(
                tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[value])
            )
        summary = summary_pb2.Summary(value=[entry])
        writer.add_event(event_pb2.Event(wall_time=1e9 + step, step=step, summary=summary))
    # What is no scalar has to be passed over.
    text = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="note", tensor=tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, string_val=[b"some words"]))])
    writer.add_event(event_pb2.Event(wall_time=1e9, step=1, summary=text))
    writer.close()
    return None


for line in sys.stdin:
    request = json.loads(line)
    if "read" in request:
        answer = read(request["read"])
    else:
        answer = write(request["write"], request["style"], request["scalars"])
    print(json.dumps(answer), flush=True)
