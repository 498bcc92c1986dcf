/* What the files of sql.h share; nobody else includes this. */
#ifndef AVOW_FETCH_SQL_PARTS_H
#define AVOW_FETCH_SQL_PARTS_H

/* "PATH: why". */
void sql_say(char *problem, const char *path, const char *why);

#endif
