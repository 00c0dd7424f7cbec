#!/bin/sh
# Process 1 of the container: passes signals on, ends with the exit code of alicloud-local, and takes in what programs of
# --init leave running, which would stay as zombies.
alicloud-local "$@" &
child=$!
trap 'kill -TERM "$child"' TERM INT HUP
# A signal ends a wait, but not the child.
while true; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || exit "$code"
done
