@echo off
rem Runs Qight's command line on the Java that this machine has.
rem   JAVA_HOME        which Java to use; default: the java of the PATH
rem   QIGHT_JAVA_OPTS  more options for the Java virtual machine
setlocal
set "JAVA=java.exe"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"
set "JAR="
for %%J in ("%~dp0..\lib\qight-cli-*.jar") do set "JAR=%%~fJ"
if not defined JAR (
    echo qight: this is not a whole distribution: lib\qight-cli-*.jar is missing 1>&2
    exit /b 1
)
set "OPTIONS=-Xshare:auto -Xlog:disable -Dio.netty.leakDetection.level=disabled"
set "SHORT_OPTIONS=%OPTIONS% -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
set "OPTIONS=%OPTIONS% -XX:MaxInlineLevel=9 -XX:FreqInlineSize=150 -XX:InlineSmallCode=1500"
if /i not "%~1"=="relay" if /i not "%~1"=="bench" set "OPTIONS=%SHORT_OPTIONS%"
"%JAVA%" %OPTIONS% %QIGHT_JAVA_OPTS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
