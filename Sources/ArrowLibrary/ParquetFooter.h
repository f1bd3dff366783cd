#pragma once

#include <parquet/metadata.h>

#include <memory>
#include <string>
#include <vector>

#include "ArrowBridge.h"

struct tidemill_parquet_footer {
  std::shared_ptr<parquet::FileMetaData> metadata;
  /// The paths of the leaves.
  std::vector<std::string> paths;
  std::vector<tidemill_parquet_leaf> leaves;
};

namespace tidemill {
/// Throws what Parquet does.
tidemill_parquet_footer *make_footer(std::shared_ptr<parquet::FileMetaData> metadata);
}  // namespace tidemill
