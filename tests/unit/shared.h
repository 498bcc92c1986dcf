/* Facts that tests read in place, and one way to say that they are absent. */
#ifndef AVOW_TESTS_SHARED_H
#define AVOW_TESTS_SHARED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARED_MAX_COLUMNS 16

/* A file below the shared folder, or NULL when it is not there. */
static inline FILE *
shared_open(const char *name)
{
	const char *root = getenv("AVOW_SHARED");
	char path[1024];

	if (root == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return fopen(path, "r");
}

/* The whole file as text in `to`; 0 when it is absent. */
static inline size_t
shared_read(const char *name, char *to, size_t size)
{
	FILE *file = shared_open(name);
	size_t len;

	if (file == NULL)
		return 0;
	len = fread(to, 1, size - 1, file);
	to[len] = '\0';
	fclose(file);
	return len;
}

/* The next row that is no comment, split at tabs; number of columns, or 0. */
static inline int
shared_row(FILE *file, char *line, int size, char *columns[SHARED_MAX_COLUMNS])
{
	int count;

	do {
		if (fgets(line, size, file) == NULL)
			return 0;
	} while (line[0] == '#');
	line[strcspn(line, "\r\n")] = '\0';
	for (count = 0; count < SHARED_MAX_COLUMNS && line != NULL; count++)
		columns[count] = strsep(&line, "\t");
	return count;
}

#endif
