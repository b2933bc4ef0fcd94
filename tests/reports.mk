# SPDX-License-Identifier: Apache-2.0
# What a training leaves: reports, event files, MLflow's store; read back by python3, which has nothing of ours.
REPORT_TEST_LIBS = librecipe.a libnn.a $(CJSON_LIBS) $(PNG_LIBS) $(CMOCKA_LIBS) -lm

if HAVE_CMOCKA
REPORT_TESTS = \
	tests/unit/test-report \
	tests/unit/test-run-log
check_PROGRAMS += $(REPORT_TESTS)
TESTS += $(REPORT_TESTS)
endif
REPORT_FIXTURE = tests/unit/history-fixture.h tests/unit/history-fixture.c nn/tool/image.c
tests_unit_test_report_SOURCES = tests/unit/test-report.c $(REPORT_FIXTURE)
tests_unit_test_report_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_report_LDADD = $(REPORT_TEST_LIBS)
tests_unit_test_run_log_SOURCES = tests/unit/test-run-log.c $(REPORT_FIXTURE)
tests_unit_test_run_log_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_run_log_LDADD = $(REPORT_TEST_LIBS)

if HAVE_YAML
TESTS += tests/golden/posture-model-reports.sh tests/golden/training-doc.sh
endif
EXTRA_DIST += tests/golden/posture-model-reports.sh tests/golden/training-doc.sh tests/golden/run-parse.py
