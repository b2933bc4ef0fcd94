/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene-hand.c - hands that come, hold a posture and go, before a wall or nothing (see scene.h).
 *
 *   |-- in 0.7 s --|---- held 2.0 s, labelled ----|-- out 0.7 s --|-- nobody 0.5 s --|  next posture
 *
 * While a hand moves in or out, and while nobody is there, the label is 0 (None).
 */
#include <errno.h>
#include <stdlib.h>

#include "sensor/emulator/optics.h"
#include "sensor/emulator/scene-kinds.h"

#define SECOND_NS 1e9
#define IN_S	  0.7f
#define HELD_S	  2.0f
#define OUT_S	  0.7f
#define PAUSE_S	  0.5f
#define TURN_S	  (IN_S + HELD_S + OUT_S + PAUSE_S)

#define BELOW_MM    300.0f /* where hands come from and go to */
#define BEHIND_MM   40.0f
#define SWAY_MM	    4.0f /* slow, nobody holds still */
#define TREMOR_MM   0.4f
#define TREMOR_HZ   9.0f
#define TWO_PI	    6.2831853f
#define WALL_SLOPE  0.08f
#define WALL_WHITE  0.7f
#define WALL_NEAR   600.0f
#define WALL_FAR    1500.0f
#define EMPTY_WALL  1500.0f
#define NO_WALL_ODD 4 /* one turn in so many has nothing behind the hand */

enum scene_kind { KIND_DEMO, KIND_POSTURE, KIND_EMPTY };

struct scene_hand {
	struct scene scene;
	enum scene_kind kind;
	enum hand_posture posture;
	unsigned distance_mm;
	struct random random;
	uint64_t turn; /* which the following were drawn for; UINT64_MAX = none yet */
	struct hand_appearance appearance;
	float wall_mm, wall_slope_x, wall_slope_y;
	float sway_hz[3], sway_phase[3];
	struct ray_picture picture;
};

/* The order of the demo: quickly told apart, None last. */
static const enum hand_posture program[] = {
	HAND_FLAT_HAND, HAND_LIKE, HAND_FIST, HAND_LOVE, HAND_DISLIKE, HAND_BREAK_TIME, HAND_CROSS_HANDS, HAND_NONE,
};

static void draw_turn(struct scene_hand *hand, uint64_t turn)
{
	struct random *random = &hand->random;

	hand->turn = turn;
	if (hand->kind == KIND_DEMO)
		hand->posture = program[turn % (sizeof(program) / sizeof(program[0]))];
	hand->wall_mm = random_between(random, WALL_NEAR, WALL_FAR);
	if (random_word(random) % NO_WALL_ODD == 0)
		hand->wall_mm = 0;
	if (hand->kind == KIND_EMPTY)
		hand->wall_mm = EMPTY_WALL;
	hand->wall_slope_x = random_between(random, -WALL_SLOPE, WALL_SLOPE);
	hand->wall_slope_y = random_between(random, -WALL_SLOPE, WALL_SLOPE);
	for (unsigned i = 0; i < 3; i++) {
		hand->sway_hz[i] = random_between(random, 0.2f, 0.6f);
		hand->sway_phase[i] = random_between(random, 0, TWO_PI);
	}
	hand_appearance_draw(hand->posture, hand->distance_mm, random, &hand->appearance);
}

/* 0 = away, 1 = in place; slow at both ends as arms are. */
static float presence(float turn_s)
{
	float part = 1;

	if (turn_s < IN_S)
		part = turn_s / IN_S;
	else if (turn_s >= IN_S + HELD_S)
		part = 1 - (turn_s - IN_S - HELD_S) / OUT_S;
	if (part <= 0)
		return 0;
	return part >= 1 ? 1 : part * part * (3 - 2 * part);
}

static struct vector shift_at(const struct scene_hand *hand, float t_s, float present)
{
	float wave[3];

	for (unsigned i = 0; i < 3; i++)
		wave[i] = SWAY_MM * sinf(TWO_PI * hand->sway_hz[i] * t_s + hand->sway_phase[i]) +
			  TREMOR_MM * sinf(TWO_PI * TREMOR_HZ * t_s + hand->sway_phase[2 - i]);
	return (struct vector){wave[0], wave[1] - BELOW_MM * (1 - present), wave[2] + BEHIND_MM * (1 - present)};
}

static int hand_render(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame)
{
	struct scene_hand *hand = (struct scene_hand *)(void *)scene;
	double seconds = (double)t_ns / SECOND_NS;
	uint64_t turn = hand->kind == KIND_DEMO ? (uint64_t)(seconds / (double)TURN_S) : 0;
	float turn_s = (float)(seconds - (double)turn * (double)TURN_S), present = 1;

	(void)n;
	if (turn != hand->turn)
		draw_turn(hand, turn);
	if (hand->kind == KIND_DEMO)
		present = presence(turn_s);
	if (hand->kind == KIND_EMPTY)
		present = 0;
	/* A held hand's phases would lose their precision after hours. */
	if (hand->kind == KIND_POSTURE)
		turn_s = (float)(t_ns % (uint64_t)(1000 * SECOND_NS)) / (float)SECOND_NS;

	ray_clear(&hand->picture);
	ray_draw_wall(&hand->picture, hand->wall_mm, hand->wall_slope_x, hand->wall_slope_y, WALL_WHITE);
	if (present > 0) {
		struct hand_model model;

		hand_model_build(&hand->appearance, shift_at(hand, turn_s, present), &model);
		for (unsigned i = 0; i < model.n; i++)
			ray_draw(&hand->picture, &model.parts[i]);
	}
	optics_measure(&hand->picture, cols, &hand->random, ret_frame);
	ret_frame->label = present >= 1 ? hand_posture_label(hand->posture) : 0;
	if (ret_frame->label >= 0)
		ret_frame->fields |= FRAME_HAS_LABEL;
	return 0;
}

static struct scene *hand_free(struct scene *scene)
{
	free(scene);
	return NULL;
}

static int new_scene(enum scene_kind kind, enum hand_posture posture, unsigned distance_mm, uint64_t seed,
		     struct scene **ret_scene)
{
	static const struct scene_ops ops = {.render = hand_render, .free = hand_free};
	struct scene_hand *hand = calloc(1, sizeof(*hand));

	if (!hand)
		return -ENOMEM;
	hand->scene.ops = &ops;
	hand->kind = kind;
	hand->posture = posture;
	hand->distance_mm = distance_mm;
	hand->random.state = seed;
	hand->turn = UINT64_MAX;
	*ret_scene = &hand->scene;
	return 0;
}

int scene_demo_new(uint64_t seed, struct scene **ret_scene)
{
	return new_scene(KIND_DEMO, HAND_NONE, 0, seed, ret_scene);
}

int scene_posture_new(enum hand_posture posture, unsigned distance_mm, uint64_t seed, struct scene **ret_scene)
{
	return new_scene(KIND_POSTURE, posture, distance_mm, seed, ret_scene);
}

int scene_empty_new(uint64_t seed, struct scene **ret_scene)
{
	return new_scene(KIND_EMPTY, HAND_NONE, 0, seed, ret_scene);
}
