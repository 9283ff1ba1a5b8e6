/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* report_svg.c - the timeline as a picture that needs nothing else; see report.h. */
#include "report.h"

#include <errno.h>

#define WIDTH 1000.0
#define HEIGHT 640.0
#define LEFT 70.0
#define RIGHT 190.0
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)
#define TICKS 5

struct curve {
	enum timeline_series series;
	const char *name;
	const char *colour; /* told apart by the colour-blind, too (Okabe and Ito) */
};

struct panel {
	const char *title;
	double top;
	double height;
	size_t nr_curves;
	struct curve curves[4];
};

static const struct panel panels[] = {
	{"ids (how many)",
         70.0,
         220.0,
         4,
         {{TIMELINE_LIVE, "live", "#0072b2"},
          {TIMELINE_PARKED, "parked", "#e69f00"},
          {TIMELINE_QUARANTINED, "quarantined", "#009e73"},
          {TIMELINE_DANGLING, "bound, number freed", "#d55e00"}}},
	{"requests (how many)", 340.0, 120.0, 1, {{TIMELINE_IN_FLIGHT, "in flight", "#56b4e9"}}},
	{"strays (how many)", 510.0, 70.0, 1, {{TIMELINE_STRAYS, "so far", "#d55e00"}}},
};

/* The next of 1, 2, 5, 10, 20, ... times TICKS, so that the ticks are whole numbers. */
static uint64_t round_up(uint64_t top)
{
	static const uint64_t steps[] = {1, 2, 5};

	for (uint64_t ten = 1;; ten *= 10) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			if (steps[i] * ten * TICKS >= top)
				return steps[i] * ten * TICKS;
		}
	}
}

static void write_escaped(FILE *file, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '&')
			(void)fputs("&amp;", file);
		else if (*at == '<')
			(void)fputs("&lt;", file);
		else if ((unsigned char)*at >= 0x20)
			(void)fputc(*at, file);
	}
}

static uint64_t panel_top(const struct panel *panel, const struct timeline *timeline)
{
	uint64_t top = 1;

	for (size_t i = 0; i < panel->nr_curves; i++) {
		uint64_t curve = timeline_top(timeline, panel->curves[i].series);

		top = curve > top ? curve : top;
	}
	return round_up(top);
}

static void draw_axes(FILE *file, const struct panel *panel, uint64_t top, double seconds)
{
	double bottom = panel->top + panel->height;

	(void)fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" font-weight=\"bold\">%s</text>\n", LEFT, panel->top - 8,
	              panel->title);
	for (int i = 0; i <= TICKS; i++) {
		double y = bottom - panel->height * i / TICKS;
		uint64_t value = top / TICKS * (uint64_t)i;

		(void)fprintf(file, "<path d=\"M%.0f %.1fH%.0f\" stroke=\"#ddd\"/>\n", LEFT, y, LEFT + PLOT_WIDTH);
		(void)fprintf(file, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%llu</text>\n", LEFT - 6, y + 4,
		              (unsigned long long)value);
	}
	for (int i = 0; i <= 6; i++)
		(void)fprintf(file, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.1f</text>\n",
		              LEFT + PLOT_WIDTH * i / 6, bottom + 16, seconds * i / 6);
	(void)fprintf(file, "<path d=\"M%.0f %.0fV%.0fH%.0f\" fill=\"none\" stroke=\"#333\"/>\n", LEFT, panel->top,
	              bottom, LEFT + PLOT_WIDTH);
}

static void draw_curve(FILE *file, const struct panel *panel, const struct curve *curve,
                       const struct timeline *timeline, uint64_t top)
{
	double bottom = panel->top + panel->height;
	const char *step = "M";

	(void)fprintf(file, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\" d=\"", curve->colour);
	for (uint32_t i = 0; i < timeline->used; i++) {
		double from = LEFT + PLOT_WIDTH * i / timeline->used;
		double y = bottom - panel->height * (double)timeline->value[curve->series][i] / (double)top;

		(void)fprintf(file, "%s%.1f %.1fH%.1f", step, from, y, LEFT + PLOT_WIDTH * (i + 1) / timeline->used);
		step = "L";
	}
	(void)fputs("\"/>\n", file);
}

static void draw_panel(FILE *file, const struct panel *panel, const struct timeline *timeline, double seconds)
{
	uint64_t top = panel_top(panel, timeline);
	double y = panel->top + 12;

	draw_axes(file, panel, top, seconds);
	for (size_t i = 0; i < panel->nr_curves; i++, y += 34) {
		const struct curve *curve = &panel->curves[i];

		draw_curve(file, panel, curve, timeline, top);
		(void)fprintf(file, "<path d=\"M%.0f %.0fh22\" stroke=\"%s\" stroke-width=\"3\"/>\n",
		              WIDTH - RIGHT + 14, y - 4, curve->colour);
		(void)fprintf(file, "<text x=\"%.0f\" y=\"%.0f\">%s</text>\n", WIDTH - RIGHT + 42, y, curve->name);
		(void)fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" fill=\"#666\">at most %llu</text>\n",
		              WIDTH - RIGHT + 42, y + 14, (unsigned long long)timeline_top(timeline, curve->series));
	}
}

bool report_svg(const struct report *report, const struct timeline *timeline, const char *path)
{
	FILE *file = fopen(path, "w");
	double seconds = (double)timeline->column_ns * timeline->used / 1e9;
	bool good;

	if (!file)
		return false;
	(void)fprintf(file,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
	              "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\">\n"
	              "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
	              WIDTH, HEIGHT, WIDTH, HEIGHT);
	(void)fprintf(file, "<text x=\"%.0f\" y=\"28\" font-size=\"17\">rule %s: %llu strays, %llu leaked (", LEFT,
	              report->machine->config.rule->name, (unsigned long long)stat_get(&report->machine->stats.strays),
	              (unsigned long long)report_leaked(report));
	write_escaped(file, report->trace);
	(void)fputs(")</text>\n", file);
	for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++)
		draw_panel(file, &panels[i], timeline, seconds);
	(void)fprintf(file,
	              "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">time since the replay began, in seconds",
	              LEFT + PLOT_WIDTH / 2, HEIGHT - 20);
	(void)fprintf(file, " (each column shows the highest value within %.0f ms)</text>\n</svg>\n",
	              (double)timeline->column_ns / 1e6);
	good = ferror(file) == 0;
	if (fclose(file) != 0)
		return false;
	if (!good)
		errno = EIO;
	return good;
}
