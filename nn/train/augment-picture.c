/* SPDX-License-Identifier: Apache-2.0 */
/* augment-picture.c - the changes of augment.h that have a meaning for pictures. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "nn/train/augment.h"

/* Largest picture that is moved: what does not fit stays where it is. */
enum {
	VALUES_MAX = 96 * 96 * 3,
};

struct view {
	float cosine, sine, shift_x, shift_y;
	bool mirror, flip;
};

static struct view random_view(const struct augmentation *a, struct random *random)
{
	float angle = random_between(random, -a->rotation, a->rotation);
	float scale = 1 / random_between(random, 1 - a->zoom, 1 + a->zoom);

	return (struct view){
		.cosine = scale * (1 - angle * angle / 2 + angle * angle * angle * angle / 24),
		.sine = scale * (angle - angle * angle * angle / 6),
		.shift_x = random_between(random, -a->shift, a->shift),
		.shift_y = random_between(random, -a->shift, a->shift),
		.mirror = random_between(random, 0, 1) < a->mirror,
		.flip = random_between(random, 0, 1) < a->flip,
	};
}

/* Between the four pixels around (x, y); the border goes on outside. */
static float pixel(const float *input, const uint32_t shape[3], float x, float y, uint32_t channel)
{
	float right = (float)shape[1] - 1, bottom = (float)shape[0] - 1;
	uint32_t left, top;
	float dx, dy, rows[2];

	x = x < 0 ? 0 : x > right ? right : x;
	y = y < 0 ? 0 : y > bottom ? bottom : y;
	left = (uint32_t)x;
	top = (uint32_t)y;
	dx = x - (float)left;
	dy = y - (float)top;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t row = top + i < shape[0] ? top + i : top, next = left + 1 < shape[1] ? left + 1 : left;

		rows[i] = input[(row * shape[1] + left) * shape[2] + channel] * (1 - dx) +
			  input[(row * shape[1] + next) * shape[2] + channel] * dx;
	}
	return rows[0] * (1 - dy) + rows[1] * dy;
}

static void move(const struct view *view, const uint32_t shape[3], float *input)
{
	float old[VALUES_MAX], middle_x = ((float)shape[1] - 1) / 2, middle_y = ((float)shape[0] - 1) / 2;
	size_t n = (size_t)shape[0] * shape[1] * shape[2];

	memcpy(old, input, n * sizeof(*old));
	for (uint32_t row = 0; row < shape[0]; row++)
		for (uint32_t col = 0; col < shape[1]; col++) {
			float x = (float)col - middle_x, y = (float)row - middle_y;
			float from_x = view->cosine * x + view->sine * y + view->shift_x;
			float from_y = view->cosine * y - view->sine * x + view->shift_y;

			for (uint32_t c = 0; c < shape[2]; c++)
				*input++ = pixel(old, shape, (view->mirror ? -from_x : from_x) + middle_x,
						 (view->flip ? -from_y : from_y) + middle_y, c);
		}
}

static void erase(const uint32_t shape[3], struct random *random, float *input)
{
	uint32_t height = 1 + random_below(random, (shape[0] + 1) / 2);
	uint32_t width = 1 + random_below(random, (shape[1] + 1) / 2);
	uint32_t top = random_below(random, shape[0] - height + 1), left = random_below(random, shape[1] - width + 1);

	for (uint32_t row = top; row < top + height; row++)
		memset(input + (row * shape[1] + left) * shape[2], 0, (size_t)width * shape[2] * sizeof(*input));
}

void augment_picture(const struct augmentation *augmentation, const uint32_t shape[3], struct random *random,
		     float *input)
{
	struct view view = random_view(augmentation, random);
	size_t n = (size_t)shape[0] * shape[1] * shape[2];
	float gain = random_between(random, 1 - augmentation->signal_scale, 1 + augmentation->signal_scale);

	if (n <= VALUES_MAX && shape[0] > 1 && shape[1] > 1)
		move(&view, shape, input);
	for (size_t i = 0; i < n && augmentation->signal_scale > 0; i++)
		input[i] *= gain;
	for (size_t i = 0; i < n && augmentation->noise_signal > 0; i++)
		input[i] += random_between(random, -augmentation->noise_signal, augmentation->noise_signal);
	if (augmentation->erase > 0 && random_between(random, 0, 1) < augmentation->erase)
		erase(shape, random, input);
}
