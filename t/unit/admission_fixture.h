// SPDX-License-Identifier: ISC
//
// t/unit/admission_fixture.h - clients in any number, and an Admission that they come to.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/shared_memory.h"
#include "policy/admission.h"
#include "policy/admission_table.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

using policy::Admission;
using policy::AdmissionLimits;
using policy::AdmissionTable;
using policy::Refusal;
using policy::Time;

// 10.0.0.0 and so many more.
inline IpAddress v4(std::uint32_t number) {
  IpAddress::Octets octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10};
  for (std::size_t i = 15; i > 12; --i, number >>= 8) octets[i] = static_cast<std::uint8_t>(number);
  return IpAddress{octets};
}

// 2001::/48 and so many more; 65,536 of them are a /32.
inline IpAddress v6_network(std::uint32_t number) {
  IpAddress::Octets octets{0x20, 0x01};
  for (std::size_t i = 5; i > 1; --i, number >>= 8) octets[i] = static_cast<std::uint8_t>(number);
  return IpAddress{octets};
}

inline const char* name(Refusal refusal) {
  switch (refusal) {
    case Refusal::too_many_of_client: return "too many of client";
    case Refusal::client_too_fast: return "client too fast";
    case Refusal::too_many_of_network: return "too many of network";
    case Refusal::network_too_fast: return "network too fast";
    case Refusal::too_many: return "too many";
  }
  return "?";
}

// Memory as several processes share it, with a table in which nobody has come yet.
class AdmissionMemory {
 public:
  AdmissionTable& table() { return *static_cast<AdmissionTable*>(memory_.get()); }
  AdmissionMemory() { table().seed = 42; }

 private:
  SharedMemory memory_{std::move(*SharedMemory::create({"test", 1, sizeof(AdmissionTable)}))};
};

struct AdmissionFixture : public Utest {
  Time now{std::chrono::hours{24}};
  AdmissionLimits limits;
  std::unique_ptr<AdmissionMemory> memory;
  std::unique_ptr<Admission> admission;  // before the passes, so that it outlives them
  std::vector<Admission::Pass> passes;

  void start() {
    passes.clear();
    memory = std::make_unique<AdmissionMemory>();
    admission = std::make_unique<Admission>(limits, memory->table(), 1);
  }

  // Keeps the connection open if it is admitted.
  const char* enter(const IpAddress& address) {
    auto pass = admission->enter(address, now);
    if (!pass) return name(pass.error());
    passes.push_back(std::move(*pass));
    return "admitted";
  }
  const char* enter(const char* address) { return enter(*IpAddress::parse(address)); }

  // Tries so often, each time for a moment; how many were admitted.
  int visit(const IpAddress& address, int times) {
    int admitted = 0;
    for (int i = 0; i < times; ++i) admitted += admission->enter(address, now) ? 1 : 0;
    return admitted;
  }
  int visit(const char* address, int times) { return visit(*IpAddress::parse(address), times); }

  // Tries to send so many; how many were taken.
  int send(const Admission::Pass& pass, int messages) {
    int sent = 0;
    for (int i = 0; i < messages; ++i) sent += admission->may_send(pass, now) ? 1 : 0;
    return sent;
  }
};

}  // namespace postern::test
