# Sourced by the commands of this folder, which say what $root is: builds the module, runs its classes.

fail() {
  echo "${0##*/}: $*" >&2
  exit 2
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Again when a source is newer than the build, which is as old as its begin.
build_classes() {
  local built=$root/bench/target/built sources=("$root/pom.xml")
  for module in wire testkit transport store store-embedded relay client load bench; do
    sources+=("$root/$module/pom.xml" "$root/$module/src/main")
  done
  if [ ! -f "$built" ] || [ -n "$(find "${sources[@]}" -newer "$built" -type f -print -quit)" ]; then
    echo "${0##*/}: building the module bench" >&2
    mkdir -p "$root/bench/target"
    touch "$built.now"
    mvn -q -B -f "$root/pom.xml" -pl bench -am -DskipTests package >&2 || fail "it does not build"
    mv "$built.now" "$built"
  fi
}

# With the launcher's flags for what measures, but those that limit inlining, which were chosen for
# Qight: the clients of other systems take these over. And without a log, that they would write into.
run_class() {
  local jar flags=(-Xshare:auto -Xlog:disable -Dio.netty.leakDetection.level=disabled
    -XX:+ExitOnOutOfMemoryError
    -Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider -Dslf4j.internal.verbosity=WARN)
  local major
  major=$("$java" -XshowSettings:properties -version 2>&1 |
    sed -n 's/.*java.specification.version = //p')
  if [ "$major" -ge 24 ]; then
    flags+=(--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED)
  fi
  for jar in "$root"/bench/target/qight-bench-*.jar; do :; done
  # shellcheck disable=SC2086
  exec "$java" "${flags[@]}" ${QIGHT_JAVA_OPTS:-} -cp "$jar" "$@"
}
