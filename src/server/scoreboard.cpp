// SPDX-License-Identifier: ISC
//
// server/scoreboard.cpp - the memory that all processes share.

#include "server/scoreboard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace postern::server {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
                  std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not work between processes");

Scoreboard::Scoreboard(UniqueFd fd) : fd_(std::move(fd)) {
  if (!fd_.is_open()) {
    fd_.reset(::memfd_create("postern-scoreboard", MFD_CLOEXEC));
    if (::ftruncate(fd_.get(), sizeof(Page)) != 0) std::abort();
  }
  void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (memory == MAP_FAILED) std::abort();
  page_ = static_cast<Page*>(memory);  // fresh pages are zero, and so is all that is in them
  std::int64_t unset = 0;
  page_->started.compare_exchange_strong(unset, std::time(nullptr));
}

Scoreboard::~Scoreboard() {
  ::munmap(page_, sizeof(Page));
}

void Scoreboard::open_channel(std::size_t row, std::size_t listener) {
  page_->rows[row].channels[listener].fetch_add(1, relaxed);
}

void Scoreboard::close_channel(std::size_t row, std::size_t listener) {
  page_->rows[row].channels[listener].fetch_sub(1, relaxed);
}

std::uint32_t Scoreboard::channels(std::size_t listener) const {
  std::uint32_t sum = 0;
  for (const Row& row : page_->rows) sum += row.channels[listener].load(relaxed);
  return sum;
}

Statistics Scoreboard::statistics(std::size_t row) const {
  return Statistics{page_->rows[row].cells};
}

void Scoreboard::add_totals(StatisticsCells& sum) const {
  sum.add(page_->past);
  for (const Row& row : page_->rows) sum.add(row.cells);
}

SessionBoard Scoreboard::sessions() const {
  return SessionBoard{page_->sessions};
}

TraceList Scoreboard::traces() const {
  return TraceList{page_->traces};
}

void Scoreboard::open_row(std::size_t row, std::uint64_t generation) {
  page_->rows[row].generation.store(generation, relaxed);
  beat(row);
}

std::uint32_t Scoreboard::workers(std::uint64_t generation) const {
  return static_cast<std::uint32_t>(std::count_if(
      page_->rows.begin(), page_->rows.end(),
      [generation](const Row& row) { return row.generation.load(relaxed) == generation; }));
}

std::uint32_t Scoreboard::workers_before(std::uint64_t generation) const {
  return static_cast<std::uint32_t>(
      std::count_if(page_->rows.begin(), page_->rows.end(), [generation](const Row& row) {
        const std::uint64_t of = row.generation.load(relaxed);
        return of != 0 && of < generation;
      }));
}

void Scoreboard::beat(std::size_t row) {
  page_->rows[row].beat.store(Clock::now().time_since_epoch().count(), relaxed);
}

Scoreboard::Clock::time_point Scoreboard::last_beat(std::size_t row) const {
  return Clock::time_point{Clock::duration{page_->rows[row].beat.load(relaxed)}};
}

void Scoreboard::set_failure(std::string_view text) {
  auto& failure = page_->failure;
  for (std::size_t i = 0; i < failure.size(); ++i) failure[i].store(i < text.size() ? text[i] : 0);
  failure.back().store(0);
}

std::string Scoreboard::failure() const {
  std::string text;
  for (const auto& c : page_->failure) {
    if (c.load() == 0) break;
    text += c.load();
  }
  return text;
}

void Scoreboard::clear_row(std::size_t row) {
  Row& dead = page_->rows[row];
  for (auto& counter : dead.channels) counter.store(0, relaxed);
  dead.generation.store(0, relaxed);
  dead.beat.store(0, relaxed);
  page_->past.add(dead.cells);  // a reader in between counts twice for a moment
  dead.cells.clear();
  sessions().clear(row);
}

}  // namespace postern::server
