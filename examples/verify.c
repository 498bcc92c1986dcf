/*
 * Is a server's certificate good for its name?
 *
 *     cc verify.c $(pkg-config --cflags --libs avow) -o verify
 *     ./verify www.example.org < certificate.pem
 */
#include <avow/avow.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	static char bytes[1 << 20];
	size_t len = fread(bytes, 1, sizeof(bytes), stdin), i;
	const char *host = argc == 2 ? argv[1] : "";
	struct avow_engine *engine = NULL;
	struct avow_question *question = NULL;
	struct avow_verdict *verdict = NULL;
	enum avow_error error;
	int answer = 70;

	if ((error = avow_engine_create(&engine)) == AVOW_OK &&
	    (error = avow_engine_add_system_roots(engine)) == AVOW_OK &&
	    (error = avow_question_create(engine, &question)) == AVOW_OK &&
	    (error = avow_question_set_target(question, bytes, len)) == 0 &&
	    (error = avow_question_set_purpose(question,
	         AVOW_PURPOSE_TLS_SERVER)) == AVOW_OK &&
	    (error = avow_question_add_host(question, host)) == AVOW_OK &&
	    (error = avow_ask(question, &verdict)) == AVOW_OK) {
		answer = avow_verdict_answer(verdict);
		puts(answer == AVOW_TRUSTED ? "trusted" : "not trusted");
		for (i = 0; i < avow_verdict_cause_count(verdict); i++)
			puts(avow_verdict_cause_detail(verdict, i));
	} else {
		fprintf(stderr, "%s: %s\n", host, avow_error_text(error));
	}
	avow_verdict_free(verdict);
	avow_question_free(question);
	avow_engine_free(engine);
	return answer;
}
