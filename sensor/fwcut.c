/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fwcut.c - the program vl53l8cx-fwcut: cuts the sensor's firmware out of the user's own copy of ST's driver.
 *
 * The arrays come from vl53l8cx_buffers.h and, for crosstalk calibration, vl53l8cx_plugin_xtalk.h, by their names.
 * Releases are recognised by the hashes of the arrays (firmware-parts.c). How many bytes follow the last block of a
 * frame is not in those headers; for a firmware that is not known, ST's vl53l8cx_api.c says it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/c-arrays.h"
#include "sensor/firmware-parts.h"
#include "sensor/firmware.h"

enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	HEADER_BYTES_MAX = 16 * 1024 * 1024, /* ST's has 0.6 MB */
	TARGETS_MACRO = 2,		     /* what the driver patches later */
	TRAILER_UNKNOWN = 24,
};

struct options {
	const char *buffers, *xtalk; /* headers, NULL = not given */
	const char *output;
	const char *check;
	uint16_t trailer; /* 0 = not given */
	bool force;
	bool synthetic;
	uint64_t seed;
};

struct header {
	char *text;
	size_t n;
};

static const char usage_text[] =
	"Usage: vl53l8cx-fwcut VL53L8CX_BUFFERS_H [VL53L8CX_PLUGIN_XTALK_H] -o FILE\n"
	"       vl53l8cx-fwcut --synthetic[=SEED] -o FILE\n"
	"       vl53l8cx-fwcut --check FILE\n"
	"\n"
	"Cuts the firmware of the VL53L8CX out of your copy of ST's driver, for postured.\n"
	"\n"
	"  -o, --output=FILE       where it goes: " FIRMWAREDIR "/" FIRMWARE_NAME "\n"
	"  -t, --trailer=24|32     bytes behind the last block of a frame, for a firmware that is not known:\n"
	"                          what vl53l8cx_api.c of the same package adds to the frame's size\n"
	"  -f, --force             take parts that don't belong together, or another trailer than is known\n"
	"  -s, --synthetic[=SEED]  no header: write a firmware that only the emulator takes\n"
	"  -c, --check=FILE        say what is in FILE\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n";

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	fputs("vl53l8cx-fwcut: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int header_read(const char *path, struct header *ret_header)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *file;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0) {
		say("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_REFUSED;
	}
	file = S_ISREG(st.st_mode) && st.st_size <= HEADER_BYTES_MAX ? fdopen(fd, "r") : NULL;
	text = file ? malloc((size_t)st.st_size + 1) : NULL;
	if (!text) {
		say("%s: %s", path, !S_ISREG(st.st_mode) ? "not a plain file" : file ? "out of memory" : "too large");
		if (file)
			fclose(file);
		else
			close(fd);
		return EXIT_REFUSED;
	}
	*ret_header = (struct header){.text = text, .n = fread(text, 1, (size_t)st.st_size, file)};
	fclose(file);
	return 0;
}

static int header_parse(const char *path, const struct header *header, struct c_array *arrays, size_t count)
{
	char reason[C_ARRAYS_REASON];
	unsigned line;

	if (c_arrays_parse(header->text, header->n, arrays, count, &line, reason) == 0)
		return 0;
	say("%s:%u: %s", path, line, reason);
	return EXIT_REFUSED;
}

/* An array that was found must be what its name says: whole, for this sensor. */
static int part_accept(const char *path, const struct c_array *array, enum firmware_part part,
		       const struct firmware_known **ret_known)
{
	char reason[FIRMWARE_REASON];

	if (!array->line) {
		say("%s: there is no %s in it: is it %s of the VL53L8CX driver?", path, array->name,
		    part == FIRMWARE_PART_XTALK_CALIBRATION ? "vl53l8cx_plugin_xtalk.h" : "vl53l8cx_buffers.h");
		return EXIT_REFUSED;
	}
	if (firmware_part_check(part, array->data, array->size, reason) < 0) {
		say("%s:%u: %s", path, array->line, reason);
		return EXIT_REFUSED;
	}
	*ret_known = firmware_part_known(part, array->data, array->size);
	if (*ret_known && (*ret_known)->refusal) {
		say("%s:%u: %s is the %s: take vl53l8cx_buffers.h of ST's VL53L8CX driver, 1.3.0 or later", path,
		    array->line, array->name, (*ret_known)->refusal);
		return EXIT_REFUSED;
	}
	return 0;
}

/* Version and trailer, from what is known of firmware and configuration. */
static int release_decide(const struct options *options, const struct firmware_known *image,
			  const struct firmware_known *configuration, struct firmware *firmware)
{
	firmware->trailer = options->trailer ? options->trailer : image ? image->trailer : TRAILER_UNKNOWN;
	snprintf(firmware->version, sizeof(firmware->version), "%s", image ? image->version : "unknown");
	if (!image) {
		say("warning: this firmware is not known; its checksum 0x%08x was computed", firmware->checksum);
		if (!options->trailer)
			say("warning: assuming a trailer of %u bytes; if vl53l8cx_api.c of this package adds 32 to the "
			    "frame's size, give --trailer=32",
			    firmware->trailer);
		return 0;
	}
	if (!options->force && firmware->trailer != image->trailer) {
		say("frames of firmware %s have a trailer of %u bytes, not %u (--force takes it all the same)",
		    image->version, image->trailer, firmware->trailer);
		return EXIT_REFUSED;
	}
	if (!options->force && (!configuration || strcmp(configuration->version, image->version) != 0)) {
		say("the default configuration is not that of firmware %s: take both from the same package (--force "
		    "takes it all the same)",
		    image->version);
		return EXIT_REFUSED;
	}
	return 0;
}

static int buffers_cut(const struct options *options, const struct header *header, struct firmware *firmware)
{
	static const char foreign[] = "this header belongs to another sensor, not to the VL53L8CX";
	struct c_array arrays[] = {
		{.name = "VL53L8CX_FIRMWARE",
		 .data = firmware->image,
		 .size = FIRMWARE_IMAGE_BYTES,
		 .macro_at = FIRMWARE_IMAGE_BYTES},
		{.name = "VL53L8CX_DEFAULT_CONFIGURATION",
		 .data = firmware->configuration,
		 .size = FIRMWARE_CONFIGURATION_BYTES,
		 .macro_at = FIRMWARE_TARGETS_OFFSET,
		 .macro_value = TARGETS_MACRO},
		{.name = "VL53L8CX_DEFAULT_XTALK",
		 .data = firmware->xtalk,
		 .size = FIRMWARE_XTALK_BYTES,
		 .macro_at = FIRMWARE_XTALK_BYTES},
		{.name = "VL53L5CX_FIRMWARE", .refusal = foreign},
		{.name = "VL53L7CX_FIRMWARE", .refusal = foreign},
		{.name = "VL53LMZ_FIRMWARE", .refusal = foreign},
	};
	const struct firmware_known *known[3] = {NULL};
	int r = header_parse(options->buffers, header, arrays, sizeof(arrays) / sizeof(arrays[0]));

	for (size_t i = 0; r == 0 && i < 3; i++)
		r = part_accept(options->buffers, &arrays[i], FIRMWARE_PART_IMAGE + (enum firmware_part)i, &known[i]);
	if (r != 0)
		return r;
	if (!known[2])
		say("warning: this default crosstalk is not known");
	firmware->checksum = firmware_checksum(firmware->image);
	return release_decide(options, known[0], known[1], firmware);
}

static int xtalk_cut(const struct options *options, struct firmware *firmware)
{
	struct c_array array = {
		.name = "VL53L8CX_CALIBRATE_XTALK",
		.data = firmware->xtalk_calibration,
		.size = FIRMWARE_XTALK_CALIBRATION_BYTES,
		.macro_at = FIRMWARE_TARGETS_OFFSET,
		.macro_value = TARGETS_MACRO,
	};
	const struct firmware_known *known = NULL;
	struct header header = {NULL, 0};
	int r = header_read(options->xtalk, &header);

	if (r == 0)
		r = header_parse(options->xtalk, &header, &array, 1);
	if (r == 0)
		r = part_accept(options->xtalk, &array, FIRMWARE_PART_XTALK_CALIBRATION, &known);
	if (r == 0 && !known)
		say("warning: this crosstalk calibration is not known");
	firmware->has_xtalk_calibration = r == 0;
	free(header.text);
	return r;
}

static void report(const char *path, const struct firmware *firmware)
{
	printf("%s: firmware %s, checksum 0x%08x, frame trailer %u bytes, %s crosstalk calibration\n", path,
	       firmware->version, firmware->checksum, firmware->trailer,
	       firmware->has_xtalk_calibration ? "with" : "without");
}

static int output_write(const struct options *options, const struct firmware *firmware, const uint8_t *sha256,
			const char *licence)
{
	int r = firmware_save(firmware, sha256, licence, options->output);

	if (r < 0) {
		say("%s: %s%s", options->output, strerror(-r), r == -ENOENT ? ": make its directory first" : "");
		return EXIT_REFUSED;
	}
	report(options->output, firmware);
	return 0;
}

/* The comments that the header begins with, as text of its own. */
static char *licence_of(const struct header *header)
{
	size_t n = c_arrays_comment(header->text, header->n);
	char *text = n > 0 && n <= FIRMWARE_LICENCE_BYTES_MAX ? malloc(n + 1) : NULL;

	if (!text)
		return NULL;
	memcpy(text, header->text, n);
	text[n] = '\0';
	return text;
}

static int cut(const struct options *options, struct firmware *firmware)
{
	uint8_t sha256[FIRMWARE_SHA256_BYTES];
	struct header header = {NULL, 0};
	char *licence = NULL;
	int r = header_read(options->buffers, &header);

	if (r == 0)
		r = buffers_cut(options, &header, firmware);
	if (r == 0 && options->xtalk)
		r = xtalk_cut(options, firmware);
	if (r == 0) {
		licence = licence_of(&header);
		firmware_sha256(header.text, header.n, sha256);
		r = output_write(options, firmware, sha256, licence);
	}
	free(licence);
	free(header.text);
	return r;
}

static int synthesise(const struct options *options, struct firmware *firmware)
{
	static const uint8_t no_source[FIRMWARE_SHA256_BYTES];

	firmware_synthetic(options->seed, firmware);
	if (options->trailer)
		firmware->trailer = options->trailer;
	return output_write(options, firmware, no_source, NULL);
}

static int check(const struct options *options, struct firmware *firmware)
{
	char reason[FIRMWARE_REASON];

	if (firmware_load(options->check, firmware, reason) < 0) {
		say("%s", reason);
		return EXIT_REFUSED;
	}
	report(options->check, firmware);
	return 0;
}

static int usage_error(const char *what)
{
	say("%s; see vl53l8cx-fwcut --help", what);
	return EXIT_USAGE;
}

static bool number_parse(const char *text, uint64_t *ret_value)
{
	char *end;
	unsigned long long value;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end)
		return false;
	*ret_value = value;
	return true;
}

/* Returns -1 to go on, else the exit code. */
static int options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'}, {"trailer", required_argument, NULL, 't'},
		{"force", no_argument, NULL, 'f'},	  {"synthetic", optional_argument, NULL, 's'},
		{"check", required_argument, NULL, 'c'},  {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},	  {NULL, 0, NULL, 0},
	};
	struct options options = {.seed = 1};
	uint64_t value;
	int c;

	while ((c = getopt_long(argc, argv, "o:t:fs::c:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			options.output = optarg;
			break;
		case 't':
			if (!number_parse(optarg, &value) || (value != 24 && value != 32))
				return usage_error("--trailer must be 24 or 32");
			options.trailer = (uint16_t)value;
			break;
		case 'f':
			options.force = true;
			break;
		case 's':
			options.synthetic = true;
			if (optarg && !number_parse(optarg, &options.seed))
				return usage_error("--synthetic takes a number");
			break;
		case 'c':
			options.check = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'V':
			puts("vl53l8cx-fwcut " PACKAGE_VERSION);
			return 0;
		default:
			return EXIT_USAGE;
		}
	}
	argv += optind;
	argc -= optind;
	/* "--synthetic 7" as well as "--synthetic=7" */
	if (options.synthetic && argc == 1 && number_parse(argv[0], &options.seed))
		argc = 0;
	if (argc > (options.synthetic || options.check ? 0 : 2))
		return usage_error("too many arguments");
	options.buffers = argc > 0 ? argv[0] : NULL;
	options.xtalk = argc > 1 ? argv[1] : NULL;
	if (!options.buffers && !options.synthetic && !options.check)
		return usage_error("which header? Your copy of vl53l8cx_buffers.h is needed");
	if (!options.output && !options.check)
		return usage_error("-o FILE is missing");
	*ret_options = options;
	return -1;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct firmware *firmware;
	int r = options_parse(argc, argv, &options);

	if (r >= 0)
		return r;
	firmware = calloc(1, sizeof(*firmware));
	if (!firmware) {
		say("out of memory");
		return EXIT_REFUSED;
	}
	if (options.check)
		r = check(&options, firmware);
	else if (options.synthetic)
		r = synthesise(&options, firmware);
	else
		r = cut(&options, firmware);
	free(firmware);
	return r;
}
