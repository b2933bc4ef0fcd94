/* SPDX-License-Identifier: Apache-2.0 */
/* scene.c - what the texts of a scene mean, and playlists (see scene.h). */
#include "sensor/emulator/scene.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/emulator/scene-kinds.h"

#define SECONDS_MAX 1e6
#define NS_PER_S    1e9

enum {
	DEPTH_MAX = 4, /* playlists within playlists */
	ITEMS_MAX = 1000,
	LINE_MAX_BYTES = 1024,
	DISTANCE_MIN_MM = 100,
	DISTANCE_MAX_MM = 1000,
};

#define ALLOWED "demo, empty, hand:NAME[@MM], script:FILE, a recording or directory, loop:PATH"

__attribute__((format(printf, 3, 4))) static int fail(char *reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, SCENE_REASON, format, args);
	va_end(args);
	return error;
}

static int open_at(const char *text, uint64_t seed, unsigned depth, struct scene **ret_scene, char *reason);

/* --- playlists --------------------------------------------------------------------------------------------- */

struct playlist_item {
	struct scene *scene;
	uint64_t duration_ns;
};

struct playlist {
	struct scene scene;
	struct playlist_item *items;
	size_t n, current;
	uint32_t first_n;  /* measurement with which the current item began */
	uint64_t begin_ns; /* and its time */
};

static int playlist_render(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame)
{
	struct playlist *playlist = (struct playlist *)(void *)scene;

	while (playlist->current < playlist->n) {
		struct playlist_item *item = &playlist->items[playlist->current];
		int r = -ENODATA;

		if (t_ns - playlist->begin_ns < item->duration_ns)
			r = item->scene->ops->render(item->scene, n - playlist->first_n, t_ns - playlist->begin_ns,
						     cols, ret_frame);
		if (r != -ENODATA)
			return r;
		/* Its time is up, or it ended before: the next one begins where this one should have ended. */
		playlist->begin_ns =
			t_ns - playlist->begin_ns < item->duration_ns ? t_ns : playlist->begin_ns + item->duration_ns;
		playlist->first_n = n;
		playlist->current++;
	}
	return -ENODATA;
}

static struct scene *playlist_free(struct scene *scene)
{
	struct playlist *playlist = (struct playlist *)(void *)scene;

	if (!scene)
		return NULL;
	for (size_t i = 0; i < playlist->n; i++)
		scene_free(playlist->items[i].scene);
	free(playlist->items);
	free(playlist);
	return NULL;
}

static int playlist_add(struct playlist *playlist, struct scene *scene, double seconds)
{
	struct playlist_item *items = realloc(playlist->items, (playlist->n + 1) * sizeof(*items));

	if (!items) {
		scene_free(scene);
		return -ENOMEM;
	}
	playlist->items = items;
	playlist->items[playlist->n++] = (struct playlist_item){
		.scene = scene,
		.duration_ns = (uint64_t)(seconds * NS_PER_S),
	};
	return 0;
}

/* A path in a playlist is relative to the playlist's own directory. */
static void beside(const char *playlist_path, const char *what, char *ret_text)
{
	static const char *const prefixes[] = {"script:", "loop:", ""};
	const char *slash = strrchr(playlist_path, '/'), *prefix = "";

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(what, prefixes[i], strlen(prefixes[i])) == 0) {
			prefix = prefixes[i];
			break;
		}
	what += strlen(prefix);
	if (what[0] == '/' || !slash)
		snprintf(ret_text, 2 * LINE_MAX_BYTES, "%s%s", prefix, what);
	else
		snprintf(ret_text, 2 * LINE_MAX_BYTES, "%s%.*s/%s", prefix, (int)(slash - playlist_path), playlist_path,
			 what);
}

static bool is_built_in(const char *what)
{
	return strcmp(what, "demo") == 0 || strcmp(what, "empty") == 0 || strncmp(what, "hand:", 5) == 0;
}

/* Where in which playlist we are. */
struct playlist_file {
	const char *path;
	const char *name; /* for messages: of the outermost its path, of those within only the last part */
	unsigned line;
	unsigned depth;
	uint64_t seed;
};

/* One line "SECONDS WHAT"; empty ones and comments add nothing. */
static int playlist_line(struct playlist *playlist, char *line, const struct playlist_file *file, char *reason)
{
	char inner[SCENE_REASON] = "", text[2 * LINE_MAX_BYTES], *what;
	struct scene *scene;
	double seconds;
	int r;

	line[strcspn(line, "#\r\n")] = '\0';
	line += strspn(line, " \t");
	for (size_t n = strlen(line); n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'); n--)
		line[n - 1] = '\0';
	if (!*line)
		return 0;
	seconds = strtod(line, &what);
	if (what == line || (*what != ' ' && *what != '\t') || !(seconds > 0 && seconds <= SECONDS_MAX))
		return fail(reason, -EINVAL, "%.90s:%u: \"SECONDS WHAT\" expected, seconds above 0 and up to 1000000",
			    file->name, file->line);
	if (playlist->n == ITEMS_MAX)
		return fail(reason, -EINVAL, "%.90s:%u: more than %d lines", file->name, file->line, ITEMS_MAX);
	what += strspn(what, " \t");
	if (is_built_in(what))
		snprintf(text, sizeof(text), "%s", what);
	else
		beside(file->path, what, text);
	r = open_at(text, file->seed + file->line, file->depth + 1, &scene, inner);
	if (r < 0)
		return fail(reason, r, "%.90s:%u: %.*s", file->name, file->line, SCENE_REASON, inner);
	return playlist_add(playlist, scene, seconds);
}

static int playlist_read(struct playlist *playlist, FILE *stream, struct playlist_file *file, char *reason)
{
	char line[LINE_MAX_BYTES];
	int r = 0;

	for (file->line = 1; r == 0 && fgets(line, sizeof(line), stream); file->line++) {
		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n')
			return fail(reason, -EINVAL, "%.90s:%u: line longer than %d bytes", file->name, file->line,
				    LINE_MAX_BYTES - 2);
		r = playlist_line(playlist, line, file, reason);
	}
	if (r == 0 && ferror(stream))
		return fail(reason, -EIO, "%.120s: can't be read", file->name);
	if (r == 0 && playlist->n == 0)
		return fail(reason, -EINVAL, "%.120s: no line \"SECONDS WHAT\"", file->name);
	return r;
}

static int playlist_new(const char *path, uint64_t seed, unsigned depth, struct scene **ret_scene, char *reason)
{
	static const struct scene_ops ops = {.render = playlist_render, .free = playlist_free};
	struct playlist_file file = {.path = path, .name = path, .depth = depth, .seed = seed};
	struct playlist *playlist;
	FILE *stream;
	int r;

	if (depth > 0 && strrchr(path, '/'))
		file.name = strrchr(path, '/') + 1;
	if (depth >= DEPTH_MAX)
		return fail(reason, -EINVAL, "playlists nest deeper than %d", DEPTH_MAX);
	stream = fopen(path, "re");
	if (!stream)
		return fail(reason, -errno, "%.90s: %s", file.name, strerror(errno));
	playlist = calloc(1, sizeof(*playlist));
	if (!playlist) {
		fclose(stream);
		return -ENOMEM;
	}
	playlist->scene.ops = &ops;
	r = playlist_read(playlist, stream, &file, reason);
	fclose(stream);
	if (r < 0) {
		playlist_free(&playlist->scene);
		return r;
	}
	*ret_scene = &playlist->scene;
	return 0;
}

/* --- texts ------------------------------------------------------------------------------------------------- */

static int open_hand(const char *text, uint64_t seed, struct scene **ret_scene, char *reason)
{
	char name[32], junk;
	unsigned distance_mm = 0;
	const char *at = strchr(text, '@');
	int posture;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "@"), text);
	posture = hand_posture_from_name(name);
	if (posture < 0)
		return fail(reason, -EINVAL, "hand:%.40s: no such posture; %s", text, HAND_POSTURE_NAMES);
	if (at && (sscanf(at + 1, "%4u%c", &distance_mm, &junk) != 1 || distance_mm < DISTANCE_MIN_MM ||
		   distance_mm > DISTANCE_MAX_MM))
		return fail(reason, -EINVAL, "hand:%.40s: the distance after '@' is %d..%d mm", text, DISTANCE_MIN_MM,
			    DISTANCE_MAX_MM);
	return scene_posture_new((enum hand_posture)posture, distance_mm, seed, ret_scene);
}

static int open_at(const char *text, uint64_t seed, unsigned depth, struct scene **ret_scene, char *reason)
{
	struct stat st;

	if (strcmp(text, "demo") == 0)
		return scene_demo_new(seed, ret_scene);
	if (strcmp(text, "empty") == 0)
		return scene_empty_new(seed, ret_scene);
	if (strncmp(text, "hand:", 5) == 0)
		return open_hand(text + 5, seed, ret_scene, reason);
	if (strncmp(text, "script:", 7) == 0)
		return playlist_new(text + 7, seed, depth, ret_scene, reason);
	if (strncmp(text, "loop:", 5) == 0)
		return scene_recording_new(text + 5, true, ret_scene, reason);
	if (*text && stat(text, &st) == 0)
		return scene_recording_new(text, false, ret_scene, reason);
	if (strchr(text, '/'))
		return fail(reason, -ENOENT, "%.120s: %s", text, strerror(errno));
	return fail(reason, -EINVAL, "\"%.60s\" is no scene; allowed: " ALLOWED, text);
}

int scene_open(const char *text, uint64_t seed, struct scene **ret_scene, char *ret_reason)
{
	char reason[SCENE_REASON];
	int r;

	snprintf(reason, sizeof(reason), "no memory for the scene");
	r = open_at(text, seed, 0, ret_scene, reason);
	if (r < 0)
		snprintf(ret_reason, SCENE_REASON, "%s", reason);
	return r;
}
