# SPDX-License-Identifier: Apache-2.0
# recordings.sh - our capture files as others see them: Python's zipfile, numpy, and ST's own files as the pattern.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
scene=$top_builddir/posture-scene
shared=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# The shape of an .npz: every member's header, and the text of the *_head ones.
cat > "$room/members.py" <<'PY'
import sys, zipfile
for path in sys.argv[1:]:
    z = zipfile.ZipFile(path)
    assert z.testzip() is None
    for name in sorted(z.namelist()):
        d = z.read(name)
        n = d[8] + 256 * d[9]
        assert d[:8] == b"\x93NUMPY\x01\x00" and (10 + n) % 64 == 0 and d[9 + n] == 10
        h = eval(d[10:10 + n].decode())
        size = int(h["descr"][2:]) * (4 if h["descr"][1] == "U" else 1)
        for x in h["shape"]:
            size *= x
        assert len(d) == 10 + n + size, (name, len(d), h)
        text = []
        if h["descr"][1] == "U":
            width = int(h["descr"][2:]) * 4
            text = [d[i:i + width].decode("utf-32-le").rstrip("\0") for i in range(10 + n, len(d), width)]
        print(name, h["descr"], h["fortran_order"], h["shape"], *text)
PY

# The same frames, member for member.
cat > "$room/same.py" <<'PY'
import sys, zipfile, struct
a, b = (zipfile.ZipFile(p) for p in sys.argv[1:])
assert sorted(a.namelist()) == sorted(b.namelist())
for name in a.namelist():
    x, y = a.read(name), b.read(name)
    if name.endswith("tstmp.npy"):
        assert abs(struct.unpack("<d", x[-8:])[0] - struct.unpack("<d", y[-8:])[0]) < 1e-5 and x[:-8] == y[:-8], name
    else:
        assert x == y, name
PY

tap_run "a scene becomes a recording" "$scene" -a 2 -o "$room/full" hand:Love 130
tap_is "in chunks of 118 frames, one log each" "4" "$(find "$room/full/Love" -path '*/npz/data_Love__*.npz' | wc -l)"
tap_run "and one with ST's members only" "$scene" -p -o "$room/plain" hand:Fist 5
tap_run "a recording is a scene too" "$scene" -o "$room/again" "$room/full" 1000
full=$(find "$room/full" -name '*.npz' | sort | head -n 1)
plain=$(find "$room/plain" -name '*.npz')

if command -v python3 > /dev/null; then
  tap_is "plain: exactly ST's members, types and channels" "end_tstmp.npy <f8 False ()
glob_data.npy <f8 False (1, 5)
glob_head.npy <U10 False (1,) .GestureGT
start_tstmp.npy <f8 False ()
zone_data.npy <f8 False (4, 64, 5)
zone_head.npy <U15 False (4,) target_status valid signal_per_spad distance_mm" "$(python3 "$room/members.py" "$plain" 2>&1)"
  tap_is "full: ours are added" "frame_tstmp.npy <f8 False (118,)
zone_head.npy <U16 False (9,) target_status valid signal_per_spad distance_mm nb_target ambient_per_spad range_sigma_mm reflectance nb_spads_enabled" \
    "$(python3 "$room/members.py" "$full" 2>&1 | grep -E '^(frame_tstmp|zone_head)')"
else
  tap_skip "members" "no python3"
fi

python=
for candidate in python3 /usr/bin/python3; do
  [[ -z $python ]] && "$candidate" -c 'import numpy' 2> /dev/null && python=$candidate
done
if [[ -n $python ]]; then
  tap_is "numpy reads the same distances" "(9, 64, 118) 24.0 True" "$("$python" - "$full" <<'PY' 2>&1
import sys, numpy
z = numpy.load(sys.argv[1])
d = z["zone_data"][list(z["zone_head"]).index("distance_mm")]
print(z["zone_data"].shape, z["glob_data"][0, 0], bool(150 < d[d > 0].min() < 400))
PY
)"
  # shellcheck disable=SC2016
  "$python" - "$full" "$room/fortran.npz" <<'PY'
import sys, numpy
z = dict(numpy.load(sys.argv[1]))
z["zone_data"] = numpy.asfortranarray(z["zone_data"].astype("<f4"))
z["glob_data"] = z["glob_data"].astype("<i2")
numpy.savez(sys.argv[2], **z)
PY
  tap_run "numpy's Fortran order, f4, i2 and stored members are read" "$scene" -p -o "$room/fortran" "$room/fortran.npz" 118
  tap_run "the full one, plain" "$scene" -p -o "$room/c" "$full" 118
  tap_run "and give the same frames" python3 "$room/same.py" "$(find "$room/fortran" -name '*.npz')" "$(find "$room/c" -name '*.npz')"
else
  tap_skip "numpy" "no python3-numpy"
fi

if [[ -d $shared ]] && command -v python3 > /dev/null; then
  for class in None Like CrossHands; do
    st=$(find "$shared/$class" -name '*.npz' | sort | tail -n 1)
    "$scene" -p -o "$room/st" "$st" 1000
    tap_run "ST's $class, read and written again, is the same to the last bit" \
      python3 "$room/same.py" "$st" "$(find "$room/st/$class" -name '*.npz')"
  done
else
  tap_skip "ST's own files" "no recordings at $shared"
fi
tap_done
