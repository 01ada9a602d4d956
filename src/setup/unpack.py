"""Unpacks the wanted members of a wheel: python unpack.py WHEEL FOLDER PATTERN...

Prints one JSON list of {path, bytes, sha256}. The hashes are taken from the unpacked bytes, so a
damaged copy can be told later from a good one. Exit code 28 (ENOSPC) when the disk is full.
"""

import errno
import fnmatch
import hashlib
import json
import os
import sys
import zipfile

BLOCK_BYTES = 1 << 20
SEARCHABLE_AND_EXECUTABLE = 0o755


def unpack(wheel, folder, patterns):
    written = []
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = member.filename
            if name.endswith('/') or not any(fnmatch.fnmatchcase(name, p) for p in patterns):
                continue
            if name.startswith('/') or '..' in name.split('/'):
                raise ValueError('the wheel holds a path outside itself: ' + name)
            path = os.path.join(folder, *name.split('/'))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            digest = hashlib.sha256()
            with archive.open(member) as source, open(path, 'wb') as target:
                for block in iter(lambda: source.read(BLOCK_BYTES), b''):
                    digest.update(block)
                    target.write(block)
            if '/bin/' in name:
                os.chmod(path, SEARCHABLE_AND_EXECUTABLE)
            written.append(
                {'path': name, 'bytes': member.file_size, 'sha256': digest.hexdigest()}
            )
    return written


if __name__ == '__main__':
    try:
        print(json.dumps(unpack(sys.argv[1], sys.argv[2], sys.argv[3:])))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(error, file=sys.stderr)
        sys.exit(errno.ENOSPC)
