# SPDX-License-Identifier: Apache-2.0
# libnn.a: the freestanding runtime and the local classifier. What makes models (libmodels.a) never reaches the daemon.
#
# No fused multiply-add behind our back: every core and compiler gives the same floats. -I for the assembler: the
# built-in model is taken in by .incbin.
noinst_LIBRARIES += libkernels.a libnn.a libmodels.a libtrain.a
NN_CFLAGS = $(AM_CFLAGS) -ffp-contract=off -fno-math-errno
# The kernels by themselves, because their loops want to become vector instructions.
libkernels_a_CFLAGS = $(NN_CFLAGS) -O3
libkernels_a_SOURCES = \
	nn/runtime/cores/any.c \
	nn/runtime/cores/arm-cpu.h \
	nn/runtime/cores/avx2.c \
	nn/runtime/cores/avx2-vector.h nn/runtime/cores/neon-vector.h nn/runtime/cores/sse2-vector.h \
	nn/runtime/cores/block.h nn/runtime/cores/block-pack.h nn/runtime/cores/block.c nn/runtime/cores/pool-run.h \
	nn/runtime/cores/block-list.h nn/runtime/cores/block-run.h nn/runtime/cores/f32-run.h \
	nn/runtime/cores/m4-asm.h nn/runtime/cores/m4-kernels.h \
	nn/runtime/cores/m4-conv.c \
	nn/runtime/cores/m4-depthwise.c \
	nn/runtime/cores/m4-pool.c \
	nn/runtime/cores/m4-rows.c \
	nn/runtime/cores/m4.c \
	nn/runtime/cores/naked.h nn/runtime/cores/neon-f32.h nn/runtime/cores/neon-i8.h nn/runtime/cores/neon.c \
	nn/runtime/cores/sse2.c \
	nn/runtime/cores/tail.h nn/runtime/cores/tail.c \
	nn/runtime/cores/x86-cpu.h \
	nn/runtime/kernels/dynamic.h nn/runtime/kernels/dynamic.c \
	nn/runtime/kernels/half.h \
	nn/runtime/kernels/lanes-f32.h \
	nn/runtime/kernels/requantise.h \
	nn/runtime/kernels/window.h \
	nn/runtime/kernels/conv-2d-f16.c \
	nn/runtime/kernels/conv-2d-f32.c \
	nn/runtime/kernels/conv-2d-hybrid.c \
	nn/runtime/kernels/conv-2d-i16.c \
	nn/runtime/kernels/conv-2d-i8.c \
	nn/runtime/kernels/dense-f32.c \
	nn/runtime/kernels/depthwise-conv-2d-f32.c \
	nn/runtime/kernels/depthwise-conv-2d-int.c \
	nn/runtime/kernels/function-f32.c \
	nn/runtime/kernels/lookup-int.c \
	nn/runtime/kernels/mean.c \
	nn/runtime/kernels/move.c \
	nn/runtime/kernels/pairwise-f32.c \
	nn/runtime/kernels/pairwise-int.c \
	nn/runtime/kernels/pool-2d-f32.c \
	nn/runtime/kernels/pool-2d-int.c \
	nn/runtime/kernels/quantize.c \
	nn/runtime/kernels/softmax-f32.c \
	nn/runtime/kernels/softmax-i8.c

libnn_a_CPPFLAGS = $(AM_CPPFLAGS) -Wa,-I$(top_srcdir)
libnn_a_CFLAGS = $(NN_CFLAGS)
libnn_a_LIBADD = $(libkernels_a_OBJECTS)
libnn_a_SOURCES = \
	nn/classifier.h nn/local.c \
	nn/model-file.h nn/model-file.c \
	nn/models/builtin.h nn/models/builtin.c \
	nn/runtime/crc32.h nn/runtime/crc32.c \
	nn/runtime/core.h nn/runtime/core.c \
	nn/runtime/format.h \
	nn/runtime/kernels-f32.h nn/runtime/kernels-int.h \
	nn/runtime/math.h \
	nn/runtime/model.h nn/runtime/model.c \
	nn/runtime/operators.h nn/runtime/operators.c nn/runtime/ops.h \
	nn/runtime/ops/activation.c \
	nn/runtime/ops/batch-norm.c \
	nn/runtime/ops/common.c \
	nn/runtime/ops/concat.c \
	nn/runtime/ops/conv-2d.c \
	nn/runtime/ops/convolve.c \
	nn/runtime/ops/dense.c \
	nn/runtime/ops/depthwise-conv-2d.c \
	nn/runtime/ops/function.c \
	nn/runtime/ops/mean.c \
	nn/runtime/ops/pad.c \
	nn/runtime/ops/pairwise.c \
	nn/runtime/ops/pool-2d.c \
	nn/runtime/ops/quantize.c \
	nn/runtime/ops/reshape.c \
	nn/runtime/ops/softmax.c \
	nn/runtime/ops/transpose.c \
	nn/runtime/ops/weights.c \
	nn/runtime/ops/window.c \
	nn/runtime/overlap.h \
	nn/runtime/preprocess.h nn/runtime/preprocess.c \
	nn/runtime/run.h nn/runtime/run.c \
	nn/runtime/sha256.h nn/runtime/sha256.c \
	nn/runtime/value.h nn/runtime/value.c
nn/models/libnn_a-builtin.$(OBJEXT): $(top_srcdir)/nn/models/handposture.pnn
NN_LIBS =

modelsdir = $(pkgdatadir)/models
dist_models_DATA = nn/models/handposture.pnn
EXTRA_DIST += nn/models/handposture.md nn/models/handposture.yaml nn/runtime/ARITHMETIC.md nn/runtime/FORMAT.md

libmodels_a_CFLAGS = $(NN_CFLAGS)
libmodels_a_SOURCES = \
	nn/export/c.h nn/export/c.c \
	nn/export/c-block.h nn/export/c-block.c \
	nn/export/c-call.h nn/export/c-call.c \
	nn/export/c-call-plain.c \
	nn/export/c-chain.c \
	nn/export/c-graph.c \
	nn/export/c-kernel.c \
	nn/export/c-layer.h nn/export/c-layers.h nn/export/c-layer.c \
	nn/export/c-layer-text.c \
	nn/export/c-softmax.c \
	nn/export/c-table.h nn/export/c-table.c \
	nn/export/c-text.h nn/export/c-text.c \
	nn/export/c-writer.h \
	nn/export/pnn.h nn/export/pnn.c \
	nn/export/flatbuffer-writer.h nn/export/flatbuffer-writer.c \
	nn/export/tflite.h nn/export/tflite.c \
	nn/export/tflite-constant.c \
	nn/export/tflite-plan.h nn/export/tflite-plan.c \
	nn/export/tflite-plan-layers.c \
	nn/export/tflite-plan-operator.c \
	nn/graph/calibrate.h nn/graph/calibrate.c \
	nn/graph/compose.h nn/graph/compose.c \
	nn/graph/graph.h nn/graph/graph.c \
	nn/graph/edit.h nn/graph/edit.c \
	nn/graph/dead-filters.c \
	nn/graph/dequantise.h nn/graph/dequantise.c \
	nn/graph/fold-constants.c \
	nn/graph/fold-linear.c \
	nn/graph/fuse.c \
	nn/graph/fuse-padding.c \
	nn/graph/layout.c \
	nn/graph/merge-branches.c \
	nn/graph/passes.h nn/graph/passes.c \
	nn/graph/lower.c nn/graph/lower-parts.h \
	nn/graph/lower-factors.c \
	nn/graph/lower-tables.c \
	nn/graph/lower-types.c \
	nn/graph/plan.c \
	nn/graph/quantise.h nn/graph/quantise.c \
	nn/graph/quantise-activations.h nn/graph/quantise-activations.c \
	nn/graph/quantise-constant.h nn/graph/quantise-constant.c \
	nn/import/flatbuffer.h nn/import/flatbuffer.c \
	nn/import/h5.h nn/import/h5.c \
	nn/import/h5-reader.h \
	nn/import/half.h \
	nn/import/import.h nn/import/import.c \
	nn/import/keras.h nn/import/keras.c \
	nn/import/keras-activations.c \
	nn/import/keras-calls.h nn/import/keras-calls.c \
	nn/import/keras-layer.h nn/import/keras-layer.c \
	nn/import/keras-layers.c \
	nn/import/keras-merges.c \
	nn/import/keras-windows.c \
	nn/import/onnx.h nn/import/onnx.c \
	nn/import/pnn.h nn/import/pnn.c \
	nn/import/sandbox.h \
	nn/import/tflite.h nn/import/tflite.c \
	nn/import/tflite-activations.c \
	nn/import/tflite-file.h \
	nn/import/tflite-graph.c \
	nn/import/tflite-layers.c \
	nn/import/tflite-names.c \
	nn/import/tflite-operators.c \
	nn/import/tflite-schema.h \
	nn/import/tflite-tensor.c
libmodels_a_CPPFLAGS = $(AM_CPPFLAGS) -Wa,-I$(top_srcdir) $(HDF5_CFLAGS) $(CJSON_CFLAGS) $(PROTOBUF_C_CFLAGS)
MODELS_LIBS = $(HDF5_LIBS) $(CJSON_LIBS) $(PROTOBUF_C_LIBS) -lm

if HAVE_HDF5
libmodels_a_SOURCES += nn/import/h5-reader.c nn/import/sandbox.c
endif

# ONNX' messages: C of the compiler for protocol buffers, which is no source and has its own opinion of warnings.
EXTRA_DIST += nn/import/onnx.proto
if HAVE_ONNX
libmodels_a_SOURCES += \
	nn/import/onnx-constants.c \
	nn/import/onnx-pairs.c \
	nn/import/onnx-plain.c \
	nn/import/onnx-quantised.c \
	nn/import/onnx-reduce.c \
	nn/import/onnx-shapes.c \
	nn/import/onnx-tensor.c \
	nn/import/onnx-values.h nn/import/onnx-values.c \
	nn/import/onnx-window.c
nodist_libmodels_a_SOURCES = nn/import/onnx.pb-c.h nn/import/onnx.pb-c.c
BUILT_SOURCES += nn/import/onnx.pb-c.h
CLEANFILES += nn/import/onnx.pb-c.h nn/import/onnx.pb-c.c
nn/import/onnx.pb-c.c: nn/import/onnx.proto
	$(AM_V_GEN)$(MKDIR_P) nn/import && $(PROTOC_C) --c_out=. -I$(top_srcdir) $(top_srcdir)/nn/import/onnx.proto
nn/import/onnx.pb-c.h: nn/import/onnx.pb-c.c
ONNX_OBJECTS = nn/import/libmodels_a-onnx.$(OBJEXT) nn/import/libmodels_a-onnx-constants.$(OBJEXT) \
	nn/import/libmodels_a-onnx-pairs.$(OBJEXT) nn/import/libmodels_a-onnx-plain.$(OBJEXT) \
	nn/import/libmodels_a-onnx-quantised.$(OBJEXT) nn/import/libmodels_a-onnx-reduce.$(OBJEXT) \
	nn/import/libmodels_a-onnx-shapes.$(OBJEXT) \
	nn/import/libmodels_a-onnx-tensor.$(OBJEXT) nn/import/libmodels_a-onnx-values.$(OBJEXT) \
	nn/import/libmodels_a-onnx-window.$(OBJEXT)
$(ONNX_OBJECTS): nn/import/onnx.pb-c.h
endif

# The kernels of exported modules: the assembler takes their text in as it is.
EXPORT_KERNELS = \
	nn/export/kernels/a7-core.h \
	nn/export/kernels/a7-f32.h \
	nn/export/kernels/a7-i8.h \
	nn/export/kernels/common.h \
	nn/export/kernels/core-block.h \
	nn/export/kernels/core-f32.h \
	nn/export/kernels/core-pool.h \
	nn/export/kernels/f32.h \
	nn/export/kernels/i8.h \
	nn/export/kernels/m4-block.h \
	nn/export/kernels/m4-dot.h \
	nn/export/kernels/m4-f32.h \
	nn/export/kernels/m4-i8.h \
	nn/export/kernels/plain-vector.h \
	nn/export/kernels/vector-f32.h \
	nn/export/kernels/x86-core.h \
	nn/export/kernels/x86-i8.h
EXTRA_DIST += $(EXPORT_KERNELS)
nn/export/libmodels_a-c-text.$(OBJEXT): $(addprefix $(top_srcdir)/,$(EXPORT_KERNELS) $(libkernels_a_SOURCES) \
	nn/runtime/kernels-f32.h nn/runtime/kernels-int.h nn/runtime/math.h)

bin_PROGRAMS += posture-model
posture_model_CPPFLAGS = $(AM_CPPFLAGS) -Wa,-I. $(CJSON_CFLAGS) $(PNG_CFLAGS)
posture_model_CFLAGS = $(NN_CFLAGS)
posture_model_SOURCES = \
	nn/tool/any-model.h nn/tool/any-model.c \
	nn/tool/bench.h nn/tool/bench-json.c nn/tool/bench-text.c \
	nn/tool/command-bench.c \
	nn/tool/command-eval.c \
	nn/tool/command-export.c \
	nn/tool/command-import.c \
	nn/tool/command-info.c \
	nn/tool/command-quantize.c \
	nn/tool/command-validate.c \
	nn/tool/command-run.c \
	nn/tool/core.h nn/tool/core.c \
	nn/tool/core-files.h nn/tool/core-files.c \
	nn/tool/evaluation.h nn/tool/evaluation.c \
	nn/tool/hash-file.h nn/tool/hash-file.c \
	nn/tool/image.h nn/tool/image.c \
	nn/tool/macc.h nn/tool/macc.c \
	nn/tool/info-graph.h nn/tool/info-graph.c \
	nn/tool/main.c \
	nn/tool/measurement.h nn/tool/measurement.c \
	nn/tool/npy.h nn/tool/npy.c \
	nn/tool/runner.h nn/tool/runner.c \
	nn/tool/samples.h nn/tool/samples.c \
	nn/tool/tool.h \
	nn/tool/trials.h nn/tool/trials.c \
	nn/tool/trials-labels.h nn/tool/trials-labels.c
if HAVE_YAML
posture_model_SOURCES += \
	nn/tool/command-crossval.c \
	nn/tool/command-train.c \
	nn/tool/forgetting.h nn/tool/forgetting.c \
	nn/tool/personalise.h nn/tool/personalise.c \
	nn/tool/progress.h nn/tool/progress.c \
	nn/tool/run-directory.h nn/tool/run-directory.c \
	nn/tool/train-data.h nn/tool/train-data.c \
	nn/tool/train-work.h nn/tool/train-work-fit.c nn/tool/train-work-leave.c
endif
posture_model_LDADD = librecipe.a $(TRAIN_LIBS) libmodels.a libsensor.a libnn.a $(SENSOR_LIBS) $(MODELS_LIBS) $(NN_LIBS) $(PNG_LIBS) $(YAML_LIBS)

# What posture-model carries along to measure models on other cores: itself in small.
BENCH_FILES = nn/bench/count.sh nn/bench/export-drive.c nn/bench/export-host.c nn/bench/export-io.h nn/bench/icount.c \
	nn/bench/m4-start.c nn/bench/m4.ld nn/bench/runtime-drive.c
CORE_FILES = $(BENCH_FILES) $(libkernels_a_SOURCES) $(libnn_a_SOURCES) sensor/frame.h
EXTRA_DIST += $(BENCH_FILES)
CLEANFILES += nn/tool/core-files.txt
nn/tool/core-files.txt: $(CORE_FILES)
	$(AM_V_GEN)$(MKDIR_P) nn/tool && for file in $(CORE_FILES); do \
		case $$file in \
		nn/runtime/*|nn/bench/*|sensor/*) \
			echo "$$file `wc -c <$(top_srcdir)/$$file`" && cat $(top_srcdir)/$$file || exit 1;; \
		esac; \
	done >$@.tmp && mv $@.tmp $@
nn/tool/posture_model-core-files.$(OBJEXT): nn/tool/core-files.txt

# The trainer: vector code wherever loops allow it (nobody asks for floating-point exceptions).
libtrain_a_CPPFLAGS = $(AM_CPPFLAGS) $(LBFGS_CFLAGS)
libtrain_a_CFLAGS = $(NN_CFLAGS) -O3 -fno-trapping-math
libtrain_a_SOURCES = \
	nn/train/crew.h nn/train/crew.c \
	nn/train/kernels.h nn/train/kernels.c \
	nn/train/kernels-template.h \
	nn/train/layers.h nn/train/layers.c \
	nn/train/layers-build.h \
	nn/train/layers-head.c \
	nn/train/layers-kinds.c \
	nn/train/layers-makers.c \
	nn/train/loss.c \
	nn/train/maths.h \
	nn/train/optimiser.h nn/train/optimiser.c \
	nn/train/optimisers/adam.c \
	nn/train/optimisers/adamw.c \
	nn/train/optimisers/moments.h \
	nn/train/optimisers/sgd.c \
	nn/train/program.h nn/train/program.c \
	nn/train/program-nodes.c \
	nn/train/program-parts.h \
	nn/train/random.h \
	nn/train/schedule.c \
	nn/train/steps/batch-norm.c \
	nn/train/steps/conv-2d.c \
	nn/train/steps/dense.c \
	nn/train/steps/depthwise-conv-2d.c \
	nn/train/steps/dropout.c \
	nn/train/steps/function.c \
	nn/train/steps/pair.c \
	nn/train/steps/pool-2d.c \
	nn/train/steps/scatter.c \
	nn/train/steps/softmax.c \
	nn/train/steps/step.c \
	nn/train/steps/window.h \
	nn/train/trainer.h nn/train/trainer.c \
	nn/train/trainer-batch.c \
	nn/train/trainer-fit.c \
	nn/train/trainer-lbfgs.c \
	nn/train/trainer-parts.h \
	nn/train/trainer-state.c
# Behind it in a link: $(MODELS_LIBS), libmodels.a, libnn.a.
TRAIN_LIBS = libtrain.a $(LBFGS_LIBS)

# The shipped model anew, from recordings in ST's datalog layout: the same bytes, see nn/models/handposture.md.
RECORDINGS = $(top_srcdir)/../shared/data/handposture
.PHONY: retrain
retrain: posture-model$(EXEEXT)
	./posture-model$(EXEEXT) train -s data=$(RECORDINGS) -o retrain $(top_srcdir)/nn/models/handposture.yaml
	cmp retrain/model.pnn $(top_srcdir)/nn/models/handposture.pnn || \
		cp retrain/model.pnn $(top_srcdir)/nn/models/handposture.pnn
