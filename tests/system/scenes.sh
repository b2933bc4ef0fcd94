# SPDX-License-Identifier: Apache-2.0
# scenes.sh - the ray-cast hands look like people's: the shipped model, trained on people, names them.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
scene=$top_builddir/posture-scene
model=$top_builddir/posture-model
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

[[ -x $model ]] || tap_skip_all "no posture-model was built"
for posture in None FlatHand Like Love Dislike BreakTime CrossHands Fist; do
  tap_run "30 appearances of $posture" "$scene" -s 4000 -a 30 -o "$room/set" "hand:$posture" 4
done
"$model" eval "" "$room/set" > "$room/eval" 2>&1
# Worse than this, and the demo shows the wrong names.
awk '/^balanced accuracy/ { good = $3 + 0 >= 88 } END { exit !good }' "$room/eval"
tap_is "balanced accuracy of at least 88 %" 0 $?
awk '/^class/ { on = 1; next } /^$/ { on = 0 } on && $3 + 0 < 70 { print }' "$room/eval" > "$room/weak"
tap_empty "no posture below 70 %" "$(cat "$room/weak")"
sed 's/^/# /' "$room/eval" | grep -E '^# (balanced|None|FlatHand|Like|Love|Dislike|BreakTime|CrossHands|Fist) .* %'
tap_done
