# SPDX-License-Identifier: Apache-2.0
# postured.m4 - the switches and directories of configure.ac, one macro each.

# POSTURED_SWITCH(NAME, HELP, DEFAULT): --enable-NAME / --disable-NAME, sets enable_NAME to yes or no.
AC_DEFUN([POSTURED_SWITCH], [
  AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2 @<:@$3@:>@])],
    [AS_IF([test "x$enableval" != xno], [enable_$1=yes])], [enable_$1=$3])])

# POSTURED_ADD_FLAGS(VARIABLE, FLAGS): adds each flag that the compiler takes.
AC_DEFUN([POSTURED_ADD_FLAGS], [
  for postured_flag in $2; do
    AS_VAR_PUSHDEF([cached], [postured_cv_flag_$postured_flag])
    AC_CACHE_CHECK([whether $CC takes $postured_flag], [cached], [
      saved_CFLAGS=$CFLAGS
      CFLAGS="$CFLAGS -Werror $postured_flag"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
      CFLAGS=$saved_CFLAGS])
    AS_VAR_IF([cached], [yes], [$1="$[]$1 $postured_flag"])
    AS_VAR_POPDEF([cached])
  done])

AC_DEFUN([POSTURED_WARNINGS], [
  WARN_CFLAGS=
  POSTURED_ADD_FLAGS([WARN_CFLAGS], [-Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes dnl
    -Wpointer-arith -Wformat=2 -Wundef])
  AS_IF([test $enable_werror = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])])

# Sanitizers bring their own checks and don't go together with _FORTIFY_SOURCE.
AC_DEFUN([POSTURED_HARDENING], [
  HARDENING_CFLAGS=
  HARDENING_LDFLAGS=
  AS_IF([test $enable_sanitizers = yes || test $enable_fuzzer = yes || test $enable_coverage = yes],
    [enable_hardening=no])
  AS_IF([test $enable_hardening = yes], [
    POSTURED_ADD_FLAGS([HARDENING_CFLAGS], [-fstack-protector-strong -fstack-clash-protection -fPIE])
    AS_CASE([$host_cpu], [x86_64|i?86], [POSTURED_ADD_FLAGS([HARDENING_CFLAGS], [-fcf-protection])])
    HARDENING_CFLAGS="$HARDENING_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
    POSTURED_ADD_FLAGS([HARDENING_LDFLAGS], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])])
  AC_SUBST([HARDENING_CFLAGS])
  AC_SUBST([HARDENING_LDFLAGS])])

AC_DEFUN([POSTURED_INSTRUMENTATION], [
  INSTRUMENT_CFLAGS=
  INSTRUMENT_LDFLAGS=
  AS_IF([test $enable_sanitizers = yes], [
    INSTRUMENT_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    INSTRUMENT_LDFLAGS="-fsanitize=address,undefined"])
  AS_IF([test $enable_coverage = yes], [
    INSTRUMENT_CFLAGS="$INSTRUMENT_CFLAGS --coverage -O0"
    INSTRUMENT_LDFLAGS="$INSTRUMENT_LDFLAGS --coverage"])
  AS_IF([test $enable_fuzzer = yes], [
    INSTRUMENT_CFLAGS="$INSTRUMENT_CFLAGS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
    INSTRUMENT_LDFLAGS="$INSTRUMENT_LDFLAGS -fsanitize=address,undefined"])
  AM_CONDITIONAL([ENABLE_FUZZER], [test $enable_fuzzer = yes])
  AM_CONDITIONAL([ENABLE_SANITIZERS], [test $enable_sanitizers = yes])
  AC_SUBST([INSTRUMENT_CFLAGS])
  AC_SUBST([INSTRUMENT_LDFLAGS])])

# Sets gpiod_summary, GPIOD_CFLAGS, GPIOD_LIBS and the conditionals GPIOD1 and GPIOD2.
AC_DEFUN([POSTURED_GPIOD], [
  gpiod_version=no
  AS_CASE([$with_gpiod],
    [no], [],
    [2], [PKG_CHECK_MODULES([GPIOD], [libgpiod >= 2], [gpiod_version=2])],
    [1], [PKG_CHECK_MODULES([GPIOD], [libgpiod >= 1.6 libgpiod < 2], [gpiod_version=1])],
    [PKG_CHECK_MODULES([GPIOD], [libgpiod >= 2], [gpiod_version=2],
      [PKG_CHECK_MODULES([GPIOD], [libgpiod >= 1.6], [gpiod_version=1], [gpiod_version=no])])])
  AM_CONDITIONAL([GPIOD1], [test $gpiod_version = 1])
  AM_CONDITIONAL([GPIOD2], [test $gpiod_version = 2])
  AS_CASE([$gpiod_version], [no], [gpiod_summary="none (INT and LPn lines can't be used)"],
    [gpiod_summary="libgpiod $gpiod_version.x"])])

# The directories of systemd and its kin: what pkg-config says, below the prefix that was asked for.
AC_DEFUN([POSTURED_DIR], [
  AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=DIR], [$3])], [], [with_$1=$2])
  AC_SUBST([$1], [$with_$1])])
AC_DEFUN([POSTURED_SYSTEMD_DIRS], [
  POSTURED_DIR([systemdsystemunitdir], ['${prefix}/lib/systemd/system'], [system units])
  POSTURED_DIR([sysusersdir], ['${prefix}/lib/sysusers.d'], [sysusers files])
  POSTURED_DIR([udevrulesdir], ['${prefix}/lib/udev/rules.d'], [udev rules])
  POSTURED_DIR([catalogdir], ['${prefix}/lib/systemd/catalog'], [journal catalog])
  POSTURED_DIR([dbuspolicydir], ['${datadir}/dbus-1/system.d'], [policies of the system bus])
  POSTURED_DIR([bashcompletiondir], ['${datadir}/bash-completion/completions'], [completions of bash])
  NOTIFY_TYPE=notify
  PKG_CHECK_EXISTS([libsystemd >= 253], [NOTIFY_TYPE=notify-reload])
  AC_SUBST([NOTIFY_TYPE])
  AM_CONDITIONAL([NOTIFY_RELOAD], [test $NOTIFY_TYPE = notify-reload])])

# The firmware of the other core: a bare compiler, and a posture-model that runs here (the one being built, or an
# installed one when that is for another machine).
AC_DEFUN([POSTURED_M4_FIRMWARE], [
  have_m4_firmware=no
  firmware_summary=no
  AS_IF([test "x$with_m4_firmware" != xno], [
    AC_CHECK_PROGS([M4_CC], [arm-none-eabi-gcc])
    AS_IF([test "$cross_compiling" = yes],
      [AC_PATH_PROG([POSTURE_MODEL], [posture-model])],
      [POSTURE_MODEL='./$(M4_EXPORTER)'
       M4_EXPORTER='posture-model$(EXEEXT)'])
    AS_IF([test -n "$M4_CC" && test -n "$POSTURE_MODEL"], [have_m4_firmware=yes firmware_summary=$M4_CC])
    AS_IF([test "x$with_m4_firmware$have_m4_firmware" = xyesno],
      [AC_MSG_ERROR([firmware for the Cortex-M4 was asked for; arm-none-eabi-gcc (Debian: gcc-arm-none-eabi) or, when
        cross compiling, a posture-model that runs on this machine was not found])])])
  AC_SUBST([M4_CC])
  AC_SUBST([POSTURE_MODEL])
  AC_SUBST([M4_EXPORTER])
  AM_CONDITIONAL([HAVE_M4_FIRMWARE], [test $have_m4_firmware = yes])])
