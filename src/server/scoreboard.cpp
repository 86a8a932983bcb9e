// SPDX-License-Identifier: ISC
//
// server/scoreboard.cpp - counters that all processes share.

#include "server/scoreboard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace postern::server {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free,
              "a lock would not work between processes");

Scoreboard::Scoreboard(UniqueFd fd) : fd_(std::move(fd)) {
  if (!fd_.is_open()) {
    fd_.reset(::memfd_create("postern-scoreboard", MFD_CLOEXEC));
    if (::ftruncate(fd_.get(), sizeof(Row) * max_workers) != 0) std::abort();
  }
  void* memory =
      ::mmap(nullptr, sizeof(Row) * max_workers, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (memory == MAP_FAILED) std::abort();
  rows_ = static_cast<Row*>(memory);  // fresh pages are zero, and so is a zero counter
}

Scoreboard::~Scoreboard() {
  ::munmap(rows_, sizeof(Row) * max_workers);
}

void Scoreboard::open_channel(std::size_t row, std::size_t listener) {
  rows_[row].channels[listener].fetch_add(1, std::memory_order_relaxed);
}

void Scoreboard::close_channel(std::size_t row, std::size_t listener) {
  rows_[row].channels[listener].fetch_sub(1, std::memory_order_relaxed);
}

std::uint32_t Scoreboard::channels(std::size_t listener) const {
  std::uint32_t sum = 0;
  for (std::size_t row = 0; row < max_workers; ++row) {
    sum += rows_[row].channels[listener].load(std::memory_order_relaxed);
  }
  return sum;
}

void Scoreboard::clear_row(std::size_t row) {
  for (auto& counter : rows_[row].channels) counter.store(0, std::memory_order_relaxed);
}

}  // namespace postern::server
