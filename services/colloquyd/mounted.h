// What all hosts have in common.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_MOUNTED_H_
#define COLLOQUY_SERVICES_COLLOQUYD_MOUNTED_H_

#include "google/protobuf/descriptor.h"
#include "services/colloquyd/storage.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"

namespace colloquy::colloquyd {

// Of a generated service, such as EventsService.
template <typename Service>
const google::protobuf::ServiceDescriptor* DescriptorOf() {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      Service::service_full_name());
}

// A service's table over its storage, with its feed. Members in the order of their making.
struct Mounted {
  Mounted(Storage& s, const google::protobuf::ServiceDescriptor* descriptor)
      : storage(s),
        tokens(storage.page_token_secret()),
        feed(storage.db(), tokens),
        table(descriptor) {
    table.SetReadiness([&s] { return s.Ready(); });
  }

  Storage& storage;
  const resource::PageTokens tokens;
  feed::Feed feed;
  rpc::Service table;
};

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_MOUNTED_H_
