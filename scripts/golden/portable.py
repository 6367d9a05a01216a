"""Files that name nothing of the machine on which they are written."""

import io
import os

import torch
from torch import serialization

_sources = serialization.get_source_lines_and_file


def _sources_by_name(*arguments, **options):
    lines, line, file = _sources(*arguments, **options)
    return lines, line, file and os.path.basename(file)


def hide_folders():
    """In torch's legacy format, modules carry the paths of their source files: from now on without folders."""
    serialization.get_source_lines_and_file = _sources_by_name


def save_script(module, path):
    """`torch.jit.save` without its debugging records, which hold the paths of all source files."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    buffer.seek(0)
    reader = torch._C.PyTorchFileReader(buffer)
    writer = torch._C.PyTorchFileWriter(str(path))
    written_by_itself = ("version", "byteorder", ".data/serialization_id")
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in written_by_itself:
            data = reader.get_record(name)
            writer.write_record(name, data, len(data))
    writer.write_end_of_file()
