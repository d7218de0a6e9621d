//! SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4), for `crypto.subtle.digest`.

/// The digest of a name as Web Crypto spells it, or none for a name it does not know.
pub(super) fn digest(name: &str, data: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "SHA-1" => sha1(data),
        "SHA-256" => sha256(data),
        "SHA-384" => sha512(data, SHA384_START)[..48].to_vec(),
        "SHA-512" => sha512(data, SHA512_START),
        _ => return None,
    })
}

/// The data with a one bit, zeros and its length in bits behind it, in whole blocks.
fn padded(data: &[u8], block: usize) -> Vec<u8> {
    let length_bytes = block / 8;
    let mut padded = data.to_vec();
    padded.push(0x80);
    let used = (padded.len() + length_bytes) % block;
    padded.resize(padded.len() + (block - used) % block + length_bytes - 8, 0);
    padded.extend((data.len() as u64 * 8).to_be_bytes());
    padded
}

fn sha1(data: &[u8]) -> Vec<u8> {
    let mut state = [
        0x6745_2301_u32,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in padded(data, 64).as_chunks::<64>().0 {
        let mut words = [0u32; 80];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        for i in 16..80 {
            words[i] = (words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (mixed, constant) = match i {
                0..20 => ((b & c) | (!b & d), 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let next = next.wrapping_add(constant).wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// SHA-2 in words of one size: the two differ in the size, the rounds and the distances of their rotations.
macro_rules! sha2 {
    ($name:ident, $word:ty, $bytes:literal, $rounds:literal, $constant:expr, $big0:expr, $big1:expr, $small0:expr, $small1:expr) => {
        fn $name(data: &[u8], start: [$word; 8]) -> Vec<u8> {
            let rotations = |word: $word, by: [u32; 3]| {
                word.rotate_right(by[0]) ^ word.rotate_right(by[1]) ^ word.rotate_right(by[2])
            };
            let shifted = |word: $word, by: [u32; 3]| {
                word.rotate_right(by[0]) ^ word.rotate_right(by[1]) ^ (word >> by[2])
            };
            let mut state = start;
            for block in padded(data, 16 * $bytes).as_chunks::<{ 16 * $bytes }>().0 {
                let mut words: [$word; $rounds] = [0; $rounds];
                for (word, bytes) in words.iter_mut().zip(block.as_chunks::<$bytes>().0) {
                    *word = <$word>::from_be_bytes(*bytes);
                }
                for i in 16..$rounds {
                    words[i] = words[i - 16]
                        .wrapping_add(shifted(words[i - 15], $small0))
                        .wrapping_add(words[i - 7])
                        .wrapping_add(shifted(words[i - 2], $small1));
                }
                let mut v = state;
                for (i, word) in words.iter().enumerate() {
                    let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
                    let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
                    let first = v[7]
                        .wrapping_add(rotations(v[4], $big1))
                        .wrapping_add(choice)
                        .wrapping_add($constant(i))
                        .wrapping_add(*word);
                    let second = rotations(v[0], $big0).wrapping_add(majority);
                    v = [
                        first.wrapping_add(second),
                        v[0],
                        v[1],
                        v[2],
                        v[3].wrapping_add(first),
                        v[4],
                        v[5],
                        v[6],
                    ];
                }
                for (sum, part) in state.iter_mut().zip(v) {
                    *sum = sum.wrapping_add(part);
                }
            }
            state.iter().flat_map(|word| word.to_be_bytes()).collect()
        }
    };
}

// SHA-256's constants are the upper halves of SHA-512's.
sha2!(
    sha2_of_32,
    u32,
    4,
    64,
    |i: usize| (ROUNDS[i] >> 32) as u32,
    [2, 13, 22],
    [6, 11, 25],
    [7, 18, 3],
    [17, 19, 10]
);
sha2!(
    sha512,
    u64,
    8,
    80,
    |i: usize| ROUNDS[i],
    [28, 34, 39],
    [14, 18, 41],
    [1, 8, 7],
    [19, 61, 6]
);

fn sha256(data: &[u8]) -> Vec<u8> {
    sha2_of_32(data, SHA512_START.map(|word| (word >> 32) as u32))
}

/// The fractional parts of the square roots of the first eight primes.
const SHA512_START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// Those of the next eight.
const SHA384_START: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];

/// The fractional parts of the cube roots of the first eighty primes.
const ROUNDS: [u64; 80] = [
    0x428a_2f98_d728_ae22,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538,
    0x59f1_11f1_b605_d019,
    0x923f_82a4_af19_4f9b,
    0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242,
    0x1283_5b01_4570_6fbe,
    0x2431_85be_4ee4_b28c,
    0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f,
    0x80de_b1fe_3b16_96b1,
    0x9bdc_06a7_25c7_1235,
    0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2,
    0xefbe_4786_384f_25e3,
    0x0fc1_9dc6_8b8c_d5b5,
    0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275,
    0x4a74_84aa_6ea6_e483,
    0x5cb0_a9dc_bd41_fbd4,
    0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab,
    0xa831_c66d_2db4_3210,
    0xb003_27c8_98fb_213f,
    0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2,
    0xd5a7_9147_930a_a725,
    0x06ca_6351_e003_826f,
    0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc,
    0x2e1b_2138_5c26_c926,
    0x4d2c_6dfc_5ac4_2aed,
    0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de,
    0x766a_0abb_3c77_b2a8,
    0x81c2_c92e_47ed_aee6,
    0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364,
    0xa81a_664b_bc42_3001,
    0xc24b_8b70_d0f8_9791,
    0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218,
    0xd699_0624_5565_a910,
    0xf40e_3585_5771_202a,
    0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8,
    0x1e37_6c08_5141_ab53,
    0x2748_774c_df8e_eb99,
    0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63,
    0x4ed8_aa4a_e341_8acb,
    0x5b9c_ca4f_7763_e373,
    0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc,
    0x78a5_636f_4317_2f60,
    0x84c8_7814_a1f0_ab72,
    0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28,
    0xa450_6ceb_de82_bde9,
    0xbef9_a3f7_b2c6_7915,
    0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c,
    0xd186_b8c7_21c0_c207,
    0xeada_7dd6_cde0_eb1e,
    0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba,
    0x0a63_7dc5_a2c8_98a6,
    0x113f_9804_bef9_0dae,
    0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84,
    0x32ca_ab7b_40c7_2493,
    0x3c9e_be0a_15c9_bebc,
    0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6,
    0x597f_299c_fc65_7e2a,
    0x5fcb_6fab_3ad6_faec,
    0x6c44_198c_4a47_5817,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(name: &str, data: &[u8]) -> String {
        let bytes = digest(name, data).expect("the name is known");
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_the_published_ones() {
        assert_eq!(
            hex("SHA-1", b""),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        );
        assert_eq!(
            hex("SHA-256", b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex("SHA-384", b""),
            concat!(
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da",
                "274edebfe76f65fbd51ad2f14898b95b"
            )
        );
        assert_eq!(
            hex("SHA-512", b""),
            concat!(
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce",
                "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            )
        );
        assert_eq!(
            hex("SHA-1", b"abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex("SHA-256", b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex("SHA-384", b"abc"),
            concat!(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed",
                "8086072ba1e7cc2358baeca134c825a7"
            )
        );
        assert_eq!(
            hex("SHA-512", b"abc"),
            concat!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a",
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            )
        );
    }

    #[test]
    fn blocks_are_filled_at_every_length() {
        // The SHA-256 of the digests of 0 to 300 zeros, computed with another implementation.
        for (name, expected) in [
            (
                "SHA-1",
                "6aea71af34d1dccd36ee1c5634a6af39f2d36f018b07de3c86308ebcb6c23a9f",
            ),
            (
                "SHA-256",
                "21ca6b0414077d01ad81ff2cd5ac9dfceaa3dd757d8d93e865935929b573c501",
            ),
            (
                "SHA-512",
                "286cfec14ae6eab561ad1ac7ee808e28258e34b17fd9ec20189f10656d143f51",
            ),
        ] {
            let all: Vec<u8> = (0..=300)
                .flat_map(|length| digest(name, &vec![0; length]).expect("known"))
                .collect();
            assert_eq!(hex("SHA-256", &all), expected, "{name}");
        }
    }
}
