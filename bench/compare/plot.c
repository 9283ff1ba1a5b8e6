/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plot.c - a picture for each workload: cost over threads, both logarithmic, a
 * line per subject, ours thick. SVG, written by hand: it is lines and text.
 */
#include "compare.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define LEFT 70.0
#define TOP 40.0
#define WIDTH 520.0
#define HEIGHT 380.0
#define LEGEND 610.0

static const char *const colours[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
                                      "#bcbd22", "#17becf", "#aec7e8", "#ffbb78", "#98df8a", "#c5b0d5", "#c49c94"};
#define COLOURS (sizeof(colours) / sizeof(colours[0]))

struct axes {
	double lowest; /* log10 of the value */
	double highest;
};

static double x_of(unsigned threads)
{
	return LEFT + log2(threads) / 3 * WIDTH;
}

static double y_of(const struct axes *axes, double value)
{
	return TOP + HEIGHT - (log10(value) - axes->lowest) / (axes->highest - axes->lowest) * HEIGHT;
}

static struct axes find_axes(const struct results *results, const char *workload)
{
	struct axes axes = {INFINITY, -INFINITY};
	size_t i;

	for (i = 0; i < results->count; i++) {
		if (strcmp(results->row[i].workload, workload) != 0 || results->row[i].value <= 0)
			continue;
		axes.lowest = fmin(axes.lowest, floor(log10(results->row[i].value)));
		axes.highest = fmax(axes.highest, ceil(log10(results->row[i].value)));
	}
	if (axes.highest <= axes.lowest)
		axes.highest = axes.lowest + 1;
	return axes;
}

static void draw_frame(FILE *file, const struct axes *axes, const struct result *first)
{
	double decade;
	unsigned threads;

	(void)fprintf(
		file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"480\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<!-- SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only -->\n"
		"<rect width=\"860\" height=\"480\" fill=\"white\"/>\n"
		"<text x=\"%.0f\" y=\"22\" font-size=\"15\">%s: %s per operation and thread</text>\n",
		LEFT, first->workload, first->unit);
	for (decade = axes->lowest; decade <= axes->highest; decade++) {
		double y = y_of(axes, pow(10, decade));

		(void)fprintf(file,
		              "<line x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
		              "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
		              LEFT, y, LEFT + WIDTH, y, LEFT - 8, y + 4, pow(10, decade));
	}
	for (threads = 1; threads <= SUBJECT_THREADS; threads *= 2)
		(void)fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%u</text>\n", x_of(threads),
		              TOP + HEIGHT + 20, threads);
	(void)fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">threads</text>\n", LEFT + WIDTH / 2,
	              TOP + HEIGHT + 40);
}

static void draw_subject(FILE *file, const struct results *results, const struct axes *axes, const char *workload,
                         const struct subject *subject, unsigned number)
{
	bool ours = strncmp(subject->name, "libioasid", 9) == 0;
	const char *colour = ours ? "#d62728" : colours[number % COLOURS];
	const char *dashes = strcmp(subject->name, "libioasid") == 0 ? "" : ours ? "6 3" : subject->floor ? "2 3" : "";
	double y = TOP + 10 + 16.0 * number;
	unsigned threads;

	(void)fprintf(file,
	              "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-dasharray=\"%s\" points=\"",
	              colour, ours ? "3" : "1.5", dashes);
	for (threads = 1; threads <= SUBJECT_THREADS; threads *= 2) {
		const struct result *row = result_find(results, workload, subject->name, threads);

		if (row != NULL && row->value > 0)
			(void)fprintf(file, "%.1f,%.1f ", x_of(threads), y_of(axes, row->value));
	}
	(void)fprintf(file, "\"/>\n");
	for (threads = 1; threads <= SUBJECT_THREADS; threads *= 2) {
		const struct result *row = result_find(results, workload, subject->name, threads);

		if (row != NULL && row->value > 0)
			(void)fprintf(file, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"%s\"/>\n", x_of(threads),
			              y_of(axes, row->value), ours ? "3.5" : "2", colour);
	}
	(void)fprintf(file,
	              "<line x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\" stroke=\"%s\" stroke-width=\"%s\" "
	              "stroke-dasharray=\"%s\"/><text x=\"%.0f\" y=\"%.0f\">%s</text>\n",
	              LEGEND, y, LEGEND + 24, y, colour, ours ? "3" : "1.5", dashes, LEGEND + 30, y + 4, subject->name);
}

static void name_file(char *path, size_t size, const char *folder, const char *workload)
{
	size_t at = (size_t)snprintf(path, size, "%s/", folder);

	for (; *workload != '\0' && at + 5 < size; workload++) {
		if (isalnum((unsigned char)*workload))
			path[at++] = (char)tolower((unsigned char)*workload);
		else if (path[at - 1] != '-' && path[at - 1] != '/')
			path[at++] = '-';
	}
	(void)snprintf(path + at, size - at, ".svg");
}

static bool plot(const struct results *results, size_t index, const char *folder)
{
	const char *workload = results->row[index].workload;
	struct axes axes = find_axes(results, workload);
	unsigned number = 0;
	char path[512];
	FILE *file;
	size_t i;

	name_file(path, sizeof(path), folder, workload);
	file = fopen(path, "w");
	if (file == NULL)
		return false;
	draw_frame(file, &axes, &results->row[index]);
	for (i = 0; compare_subjects[i] != NULL; i++) {
		unsigned threads;
		bool there = false;

		for (threads = 1; threads <= SUBJECT_THREADS; threads *= 2)
			there = there || result_find(results, workload, compare_subjects[i]->name, threads) != NULL;
		if (there)
			draw_subject(file, results, &axes, workload, compare_subjects[i], number++);
	}
	(void)fprintf(file, "</svg>\n");
	return fclose(file) == 0;
}

bool plot_all(const struct results *results, const char *folder)
{
	bool good = true;
	size_t i;
	size_t k;

	for (i = 0; i < results->count; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(results->row[k].workload, results->row[i].workload) == 0)
				break;
		if (k == i && strcmp(results->row[i].unit, "ns") == 0)
			good = plot(results, i, folder) && good;
	}
	return good;
}
