// SPDX-License-Identifier: ISC
//
// base/shared_memory.cpp - memory that several processes see.

#include "base/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace postern {

namespace {

// At the beginning.  What follows is aligned as this is.
struct alignas(64) Header {
  std::uint64_t size;
  std::uint64_t layout;
};

}  // namespace

SharedMemory::SharedMemory(UniqueFd fd, std::size_t mapped_size, void* memory)
    : fd_(std::move(fd)), mapped_size_(mapped_size), memory_(memory) {}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      mapped_size_(other.mapped_size_),
      memory_(std::exchange(other.memory_, nullptr)) {}

SharedMemory::~SharedMemory() {
  let_go();
}

void SharedMemory::let_go() {
  if (memory_ != nullptr) ::munmap(memory_, mapped_size_);
  memory_ = nullptr;
  fd_.reset();
}

Result<SharedMemory> SharedMemory::create(const Layout& layout) {
  UniqueFd fd{::memfd_create(layout.name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd.is_open()) return fail_errno(cat("create memory ", layout.name), errno);
  if (::ftruncate(fd.get(), static_cast<off_t>(sizeof(Header) + layout.size)) != 0) {
    return fail_errno(cat("size memory ", layout.name), errno);
  }
  // Whoever could make it smaller could kill all the others, by the SIGBUS of their next access.
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return fail_errno(cat("seal memory ", layout.name), errno);
  }
  auto memory = map(std::move(fd), layout);
  if (memory) *static_cast<Header*>(memory->memory_) = {layout.size, layout.number};
  return memory;
}

Result<SharedMemory> SharedMemory::adopt(UniqueFd fd, const Layout& layout) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(cat("adopt memory ", layout.name), errno);
  const auto other = [&] {
    return fail(Errc::permanent, cat("memory ", layout.name, " has another layout"));
  };
  if (status.st_size != static_cast<off_t>(sizeof(Header) + layout.size)) return other();
  auto memory = map(std::move(fd), layout);
  if (!memory) return memory;
  const auto* header = static_cast<const Header*>(memory->memory_);
  if (header->size != layout.size || header->layout != layout.number) return other();
  return memory;
}

SharedMemory SharedMemory::create_or_abort(const Layout& layout) {
  auto memory = create(layout);
  if (memory) return std::move(*memory);
  log::write(log::Level::alert, "start_failed", {{"reason", memory.error().message()}});
  std::abort();
}

SharedMemory SharedMemory::adopt_or_create(UniqueFd fd, const Layout& layout) {
  if (fd.is_open()) {
    if (auto memory = adopt(std::move(fd), layout)) return std::move(*memory);
  }
  return create_or_abort(layout);
}

Result<SharedMemory> SharedMemory::map(UniqueFd fd, const Layout& layout) {
  const std::size_t size = sizeof(Header) + layout.size;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return fail_errno(cat("map memory ", layout.name), errno);
  return SharedMemory{std::move(fd), size, memory};
}

// By a descriptor that was opened for reading: what is mapped by it cannot be made writable again.
// In the place of the old mapping, so that pointers stay good.
Result<void> SharedMemory::make_read_only() {
  const std::string path = cat("/proc/self/fd/", fd_.get());
  const UniqueFd reader{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!reader.is_open()) return fail_errno(cat("open ", path), errno);
  if (::mmap(memory_, mapped_size_, PROT_READ, MAP_SHARED | MAP_FIXED, reader.get(), 0) ==
      MAP_FAILED) {
    return fail_errno("map memory for reading", errno);
  }
  fd_.reset();
  return {};
}

void* SharedMemory::get() const {
  return static_cast<Header*>(memory_) + 1;
}

}  // namespace postern
