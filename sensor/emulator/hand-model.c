/* SPDX-License-Identifier: Apache-2.0 */
/* hand-model.c - from poses to capsules (see hand-model.h). Lengths of an average adult hand, in mm. */
#include "sensor/emulator/hand-model.h"

#include <errno.h>
#include <string.h>

#include "sensor/recording.h"

#define FOREARM_MM	  280.0f
#define FOREARM_RADIUS_MM 29.0f
#define SLEEVE		  0.8f /* sends back so much of what skin does */
#define PALM_RADIUS_MM	  13.0f
#define DISTANCE_LOW_MM	  205.0f
#define DISTANCE_HIGH_MM  310.0f
#define SKIN		  0.5f
#define CURL_PIP	  1.75f /* radians of the middle joint of a closed finger */
#define CURL_DIP	  1.05f /* and of the last one */
#define BONES		  3

static const char *const names[HAND_POSTURES] = {
	[HAND_NONE] = "None",
	[HAND_FLAT_HAND] = "FlatHand",
	[HAND_LIKE] = "Like",
	[HAND_LOVE] = "Love",
	[HAND_DISLIKE] = "Dislike",
	[HAND_BREAK_TIME] = "BreakTime",
	[HAND_CROSS_HANDS] = "CrossHands",
	[HAND_FIST] = "Fist",
	[HAND_THUMB_SIDEWAYS] = "ThumbSideways",
};

/* Index to little: where the palm's bone begins and ends, and the three bones of the finger. */
static const struct {
	float base_x, knuckle_x, knuckle_y;
	float bone[BONES], radius[BONES];
} fingers[HAND_FINGERS] = {
	{16, 30, 92, {42, 25, 20}, {9.5f, 8.5f, 7.5f}},
	{6, 10, 95, {46, 28, 21}, {9.5f, 8.5f, 7.5f}},
	{-6, -10, 90, {42, 26, 20}, {9.0f, 8.0f, 7.0f}},
	{-16, -28, 82, {33, 20, 18}, {8.0f, 7.5f, 6.5f}},
};

/* The thumb: ball, joint, two bones. */
static const struct vector thumb_root = {16, 12, 4}, thumb_joint = {38, 42, 8};
static const float thumb_bone[2] = {38, 30}, thumb_radius[3] = {14, 11, 10};

struct frame_of_hand {
	struct vector origin, x, y, z;
	float size;
};

int hand_posture_from_name(const char *name)
{
	for (int i = 0; i < HAND_POSTURES; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -ENOENT;
}

const char *hand_posture_name(enum hand_posture posture)
{
	return names[posture];
}

int16_t hand_posture_label(enum hand_posture posture)
{
	int label = recording_label_id(names[posture]);

	return (int16_t)(label < 0 ? -1 : label);
}

static void add(struct hand_model *model, struct vector a, struct vector b, float radius_mm, float reflectance)
{
	if (model->n < HAND_PARTS_MAX)
		model->parts[model->n++] = (struct capsule){a, b, radius_mm, reflectance};
}

static struct vector turned(const struct frame_of_hand *frame, struct vector v)
{
	struct vector sum = vector_scaled(frame->x, v.x);

	sum = vector_along(sum, frame->y, v.y);
	return vector_along(sum, frame->z, v.z);
}

static struct vector at(const struct frame_of_hand *frame, float x, float y, float z)
{
	return vector_along(frame->origin, turned(frame, (struct vector){x, y, z}), frame->size);
}

static struct frame_of_hand frame_of(const struct hand_pose *pose, float size)
{
	struct frame_of_hand frame = {
		.origin = vector_scaled(pose->wrist, size),
		.y = vector_unit(pose->fingers),
		.size = size,
	};

	frame.x = vector_scaled(vector_unit(vector_cross(frame.y, pose->palm)), pose->side);
	frame.z = vector_scaled(vector_cross(frame.x, frame.y), pose->side);
	return frame;
}

static void add_finger(struct hand_model *model, const struct frame_of_hand *frame, unsigned i, float bend, float curl,
		       float spread, float reflectance)
{
	struct vector from = at(frame, fingers[i].knuckle_x, fingers[i].knuckle_y, 0);
	float aside = (1.5f - (float)i) * spread, angle = bend;

	add(model, at(frame, fingers[i].base_x, 0, 0), from, PALM_RADIUS_MM * frame->size, reflectance);
	for (unsigned bone = 0; bone < BONES; bone++) {
		struct vector local = {sinf(aside) * cosf(angle), cosf(aside) * cosf(angle), sinf(angle)};
		struct vector to = vector_along(from, turned(frame, local), fingers[i].bone[bone] * frame->size);

		add(model, from, to, fingers[i].radius[bone] * frame->size, reflectance);
		from = to;
		angle += curl * (bone == 0 ? CURL_PIP : CURL_DIP);
	}
}

static void add_thumb(struct hand_model *model, const struct frame_of_hand *frame, const struct hand_pose *pose,
		      float reflectance)
{
	struct vector from = at(frame, thumb_joint.x, thumb_joint.y, thumb_joint.z);

	add(model, at(frame, thumb_root.x, thumb_root.y, thumb_root.z), from, thumb_radius[0] * frame->size,
	    reflectance);
	for (unsigned bone = 0; bone < 2; bone++) {
		struct vector to = vector_along(from, turned(frame, vector_unit(pose->thumb[bone])),
						thumb_bone[bone] * frame->size);

		add(model, from, to, thumb_radius[bone + 1] * frame->size, reflectance);
		from = to;
	}
}

static void add_hand(struct hand_model *model, const struct hand_pose *pose, const struct hand_appearance *appearance)
{
	struct frame_of_hand frame = frame_of(pose, appearance->size);
	float curl = fmaxf(0, fminf(1, pose->curl + appearance->stretch_curl));
	float spread = fmaxf(0, pose->spread + appearance->stretch_spread);

	for (unsigned i = 0; i < HAND_FINGERS; i++)
		add_finger(model, &frame, i, pose->bend, curl, spread, appearance->reflectance);
	add_thumb(model, &frame, pose, appearance->reflectance);
	add(model, frame.origin, vector_along(frame.origin, vector_unit(pose->forearm), FOREARM_MM * appearance->size),
	    FOREARM_RADIUS_MM * appearance->size, appearance->reflectance * SLEEVE);
}

/* Yaw about y, then pitch about x, then roll about z. */
static struct vector rotated(struct vector v, const struct hand_appearance *appearance)
{
	float cy = cosf(appearance->yaw), sy = sinf(appearance->yaw);
	float cp = cosf(appearance->pitch), sp = sinf(appearance->pitch);
	float cr = cosf(appearance->roll), sr = sinf(appearance->roll);

	v = (struct vector){cy * v.x + sy * v.z, v.y, cy * v.z - sy * v.x};
	v = (struct vector){v.x, cp * v.y - sp * v.z, sp * v.y + cp * v.z};
	return (struct vector){cr * v.x - sr * v.y, sr * v.x + cr * v.y, v.z};
}

static struct vector placed(struct vector v, const struct hand_appearance *appearance)
{
	if (appearance->mirrored)
		v.x = -v.x;
	return rotated(v, appearance);
}

void hand_model_build(const struct hand_appearance *appearance, struct vector shift, struct hand_model *ret_model)
{
	const struct hand_set *set = appearance->set;
	float nearest = INFINITY;

	ret_model->n = 0;
	for (unsigned i = 0; i < set->n; i++)
		add_hand(ret_model, &set->hands[i], appearance);
	for (unsigned i = 0; i < set->bodies_n; i++) {
		const struct capsule *body = &set->bodies[i];

		add(ret_model, vector_scaled(body->a, appearance->size), vector_scaled(body->b, appearance->size),
		    body->radius_mm * appearance->size, body->reflectance);
	}
	for (unsigned i = 0; i < ret_model->n; i++) {
		struct capsule *part = &ret_model->parts[i];

		part->a = placed(part->a, appearance);
		part->b = placed(part->b, appearance);
		nearest = fminf(nearest, fminf(part->a.z, part->b.z) - part->radius_mm);
	}
	shift = vector_sum(shift, appearance->place);
	shift.z -= nearest;
	for (unsigned i = 0; i < ret_model->n; i++) {
		struct capsule *part = &ret_model->parts[i];

		part->a = vector_sum(part->a, shift);
		part->b = vector_sum(part->b, shift);
	}
}

void hand_appearance_draw(enum hand_posture posture, unsigned distance_mm, struct random *random,
			  struct hand_appearance *ret_appearance)
{
	struct hand_appearance appearance = {.set = &hand_sets[posture]};

	if (posture == HAND_NONE)
		appearance.set = &hand_none_sets[random_word(random) % HAND_NONE_SETS];
	appearance.mirrored = random_unit(random) < 0.2f;
	appearance.size = random_between(random, 0.95f, 1.12f);
	appearance.stretch_curl = random_between(random, -0.06f, 0.06f);
	appearance.stretch_spread = random_between(random, -0.04f, 0.06f);
	appearance.place.x = random_between(random, -14, 14);
	appearance.place.y = random_between(random, -14, 14);
	appearance.place.z = random_between(random, DISTANCE_LOW_MM, DISTANCE_HIGH_MM);
	if (distance_mm > 0)
		appearance.place.z = (float)distance_mm;
	appearance.yaw = random_between(random, -0.14f, 0.14f);
	appearance.pitch = random_between(random, -0.12f, 0.12f);
	appearance.roll = random_between(random, -0.12f, 0.12f);
	appearance.reflectance = SKIN * random_between(random, 0.8f, 1.2f);
	*ret_appearance = appearance;
}
