// SPDX-License-Identifier: ISC
//
// t/bench/no_sync.cpp - loaded before the C library (LD_PRELOAD), makes of any server one that
// never waits for the disk: what t/bench/power-failures has to find out.

extern "C" {

int fsync(int) {
  return 0;
}
int fdatasync(int) {
  return 0;
}
int syncfs(int) {
  return 0;
}
int sync_file_range(int, long, long, unsigned) {
  return 0;
}
void sync() {}
}
