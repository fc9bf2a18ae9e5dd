"""What ails a machine, in Chinese: by code, what is wrong and the command that mends it."""

from typing import Final

PARTS: Final = {
    "settings": "设置",
    "registry": "信任名录",
    "anchors": "信任锚",
    "agreements": "互认协议",
    "evidence": "角色、密钥和状态列表",
    "disk": "磁盘",
    "files": "权限",
    "ledger": "签发台账",
}

AILMENTS: Final = {
    "settings-unusable": (
        "本机设置有误：{defect}；凡依赖该项设置的均未检查",
        "请更正 certx.toml（或环境变量 CERTX_…）；或移走该文件，再 certx init --region CODE --registry SRC",
    ),
    "region-not-set": ("未设置本机为哪个行政区受理证照", "certx init --region CODE --registry SRC"),
    "registry-not-set": ("本机没有信任名录", "certx init --region CODE --registry SRC"),
    "registry-not-synced": ("尚未取得信任名录：一切核验均无法判定", "certx sync"),
    "registry-unsigned": (
        "信任名录是未签名的文件夹，仅供试用：谁能写入，谁就决定认可什么",
        "certx init --region CODE --registry SRC --root FILE",
    ),
    "registry-unusable": ("信任名录不可信赖：{defect}", "certx sync；如为文件夹：certx trust check FOLDER"),
    "root-unusable": (
        "信任根与当初固定的不符：{defect}",
        "请查明何人改动；再移走 certx.toml：certx init --region CODE --registry SRC --fingerprint sha256:…",
    ),
    "clock-behind": ("本机时钟为 {at}，而信任名录签署于 {signed_at}", "请校准时钟：timedatectl set-ntp true"),
    "region-unusable": ("行政区 {member} 发布的内容不可信赖：{defect}", "certx sync；如仍如此，请告知该行政区"),
    "regions-none": ("信任名录中没有行政区：什么都无法认可", "certx trust show；请告知互认联盟"),
    "issuers-none": ("信任名录中没有颁发机构：什么都无法认可", "certx trust show；请告知互认联盟"),
    "keys-none": ("信任名录中没有今天可用于签发的密钥：新证照均无法认可", "certx trust show；请告知互认联盟"),
    "regions-gone": (
        "与签署于 {since} 的信任名录相比，少了 {count} 个行政区：{names}",
        "certx trust show；请向互认联盟核实是否有意为之",
    ),
    "issuers-gone": (
        "与签署于 {since} 的信任名录相比，少了 {count} 个颁发机构：{names}",
        "certx trust show；请向所属行政区核实是否有意为之",
    ),
    "keys-gone": (
        "与签署于 {since} 的信任名录相比，少了 {count} 个密钥：{names}；它们签发的凭证现已无效",
        "certx trust show；请向所属行政区核实：停用的密钥应保留为 retired",
    ),
    "registry-expired": (
        "信任名录已于 {at} 到期；自 {until} 起一切核验均无法判定",
        "certx sync；发布方：certx trust publish SOURCE --to FOLDER",
    ),
    "registry-expires": (
        "信任名录较旧：将于 {at} 到期",
        "请每日 certx sync；发布方请每日 certx trust publish SOURCE --to FOLDER",
    ),
    "role-expired": (
        "{role} 的签名已于 {at} 到期；自 {until} 起依赖它的核验均无法判定",
        "certx sync；发布方：certx trust publish SOURCE --to FOLDER，由 certx trust status FOLDER 所列各人签署",
    ),
    "role-expires": (
        "{role} 的签名将于 {at} 到期",
        "certx sync；发布方：certx trust publish SOURCE --to FOLDER，由 certx trust status FOLDER 所列各人签署",
    ),
    "role-on-schedule": (
        "{role} 的签名将于 {at} 到期；此前会按期更新",
        "certx sync；发布方：certx trust publish SOURCE --to FOLDER",
    ),
    "issuer-without-key": (
        "{issuer} 没有今天可用于签发的密钥",
        "certx key new NAME；certx trust key add SOURCE NAME --issuer {issuer}；certx trust publish SOURCE --to FOLDER",
    ),
    "key-ends": (
        "{issuer} 的密钥 {kid} 将于 {until} 到期，且没有接替的密钥",
        "certx key new NAME；certx trust key rotate SOURCE {kid} NAME；certx trust publish SOURCE --to FOLDER",
    ),
    "key-relieved": (
        "{issuer} 的密钥 {kid} 将于 {until} 到期；已有密钥接替",
        "certx trust show；使用该密钥签名者届时请改用接替的密钥",
    ),
    "status-key-none": (
        "{issuer} 没有今天可用的状态密钥：其状态列表无法更新",
        "certx key new NAME；certx trust key add SOURCE NAME --issuer {issuer} --status；certx trust publish SOURCE --to FOLDER",
    ),
    "status-key-ends": (
        "{issuer} 的状态密钥 {kid} 将于 {until} 到期，且没有接替的密钥",
        "certx key new NAME；certx trust key rotate SOURCE {kid} NAME；certx trust publish SOURCE --to FOLDER",
    ),
    "log-key-none": (
        "{issuer} 没有今天可用的日志密钥：新签发的证照无法入日志，一旦密钥被盗便无从证明",
        "certx key new NAME --algorithm Ed25519；certx trust key add SOURCE NAME --issuer {issuer} --log；certx trust publish SOURCE --to FOLDER",
    ),
    "log-key-ends": (
        "{issuer} 的日志密钥 {kid} 将于 {until} 到期，且没有接替的密钥",
        "certx key new NAME --algorithm Ed25519；certx trust key rotate SOURCE {kid} NAME；certx trust publish SOURCE --to FOLDER",
    ),
    "grant-key-none": (
        "{issuer} 没有今天可用的授权密钥：无法授权他人使用其颁发的证照",
        "certx key new NAME；certx trust key add SOURCE NAME --issuer {issuer} --grant；certx trust publish SOURCE --to FOLDER",
    ),
    "grant-key-ends": (
        "{issuer} 的授权密钥 {kid} 将于 {until} 到期，且没有接替的密钥",
        "certx key new NAME；certx trust key rotate SOURCE {kid} NAME；certx trust publish SOURCE --to FOLDER",
    ),
    "counter-without-key": (
        "{issuer} 没有今天可用的请求密钥：持证主体不会答复",
        "certx key new NAME；certx trust key add SOURCE NAME --counter {issuer}；certx trust publish SOURCE --to FOLDER",
    ),
    "counter-key-ends": (
        "{issuer} 的请求密钥 {kid} 将于 {until} 到期，且没有接替的密钥",
        "certx key new NAME；certx trust key rotate SOURCE {kid} NAME；certx trust publish SOURCE --to FOLDER",
    ),
    "list-missing": (
        "{issuer} 有状态密钥却未发布状态列表：指明列表的证照无法判定",
        "certx sync；如仍如此，请告知颁发机构：certx status publish --issuer {issuer} --key KEY --out FOLDER",
    ),
    "list-unusable": (
        "任何核验点都无法使用状态列表 {file}：{defect}",
        "certx sync；如仍如此，请告知颁发机构：certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "list-expired": (
        "状态列表 {file} 已于 {at} 到期：自 {until} 起，其中的证照将无法判定",
        "certx sync；如仍如此，请告知颁发机构：certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "log-unusable": (
        "已发布的签发日志 {path} 不能证明任何证照，失窃前签发的证照须另有签发凭据：{defect}",
        "certx sync；如仍如此，请颁发机构重新发布：certx status checkpoint --issuer ID --key KEY --out FOLDER --digests",
    ),
    "log-not-noted": ("本机尚未记下签发日志 {path} 所能证明的内容", "certx sync"),
    "list-outdated": (
        "状态列表 {file} 已于 {at} 到期，宽限期已于 {until} 届满：其中的证照无法判定",
        "certx sync；如仍如此，请告知颁发机构：certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "list-expires": (
        "状态列表 {file} 将于 {at} 到期",
        "certx sync；如仍如此，请告知颁发机构：certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "lists-on-schedule": (
        "{member} 有 {count} 份状态列表将在 30 天内到期，会按期更新；最早的 {file} 于 {at} 到期",
        "certx sync；颁发机构：certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "agreement-ends": (
        "互认协议 {agreement} 将于 {until} 结束，且没有接替的协议",
        "certx agreement new，再由各方 certx agreement sign",
    ),
    "agreement-one-sided": (
        "互认协议 {agreement} 不生效：{missing} 未发布",
        "certx agreement show {agreement}；请其列入同一文件",
    ),
    "agreement-altered": (
        "互认协议 {agreement} 不生效：{missing} 发布的内容不同",
        "certx agreement show {agreement}；请其列入同一文件",
    ),
    "agreement-unusable": (
        "无法读取本行政区的互认协议 {agreement}：{defect}",
        "certx trust check FOLDER；更正后重新发布",
    ),
    "disk-full": (
        "{path} 仅余 {free} MiB，更新需要 {needed} MiB",
        "查看占用：du -xh {path} | sort -h | tail；腾出空间后：certx sync",
    ),
    "key-open": ("私钥 {path} 可被他人读取（权限 {mode}）", "chmod 600 {path}"),
    "key-plain": (
        "私钥 {path} 未加密：能读取磁盘的人就能得到它",
        "openssl pkcs8 -topk8 -in {path} -out NEW；最好更换密钥：certx key new NAME",
    ),
    "key-unusable": (
        "{path} 不是加密的私钥：为空或已损坏",
        "请从副本恢复；如无副本：移走该文件，certx key new NAME，再 certx trust key rotate SOURCE KID NAME",
    ),
    "folder-open": ("他人可查看 {path}（权限 {mode}）", "chmod 700 {path}"),
    "ledger-open": ("签发台账文件 {path} 可被他人读取（权限 {mode}）", "chmod 600 {path}"),
    "ledger-format": (
        "签发台账 {path} 的格式为 {found}，当前 certx 支持的是 {known}",
        "pip install --upgrade certx",
    ),
    "ledger-damaged": (
        "签发台账 {path} 已损坏：{detail}",
        "请停止签发；保留损坏的文件：mv {path}* FOLDER；恢复副本：cp COPY {path}；再次运行：certx doctor；如在服务器上：pg_restore",
    ),
    "ledger-empty": (
        "签发台账 {path} 是空文件：不知此前签发过什么",
        "恢复副本：cp COPY {path}；如从未签发：rm {path}",
    ),
    "ledger-unreachable": (
        "无法打开签发台账 {path}：{detail}",
        "请用 psql {url} 查明：启动服务器，密码写入 PGPASSFILE 所指的文件，或创建数据库",
    ),
    "ledger-unfinished": (
        "有 {count} 份证照已预留而未签发",
        "请再次运行中断的 certx issue：不会重复签发",
    ),
    "list-unpublished": (
        "已在状态列表 {file} 上签发证照，而在用的信任名录没有该列表：这些证照无法判定",
        "certx status publish --issuer {issuer} --key KEY --out FOLDER；certx trust publish SOURCE --to FOLDER；certx sync",
    ),
    "status-unpublished": (
        "有 {count} 项状态变更尚未列入正在使用的信任名录",
        "certx sync；如仍如此：certx status publish --issuer ID --key KEY --out FOLDER；certx trust publish SOURCE --to FOLDER",
    ),
    "not-looked-at": ("{part}：无法检查：{defect}", "更正后再次运行 certx doctor"),
}
